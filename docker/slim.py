"""`python slim.py SITE_PACKAGES`: remove what the dashboard never loads, and print the bytes that stay."""

from __future__ import annotations

import re
import sys
from pathlib import Path

_NEEDLESS = re.compile(
    r"""
    \.map$                                                       # of scripts, for their authors' debuggers
    | \.dev\.js$                                                 # unminified copies
    | ^pyarrow/(tests|include|src)/
    | ^pyarrow/(_|libarrow_(python_)?)(flight|s3|s3fs)\.           # pyarrow does without them
    | ^scipy/.*/tests/
    | ^plotly/labextension/
    | ^(\.\./)*share/jupyter/
    """,
    re.VERBOSE,
)


def is_needed(path: str) -> bool:
    """Return whether a file stays; its path is relative to the folder of packages."""
    return _NEEDLESS.search(path) is None


def main(folder: Path) -> None:
    """Remove the files below `folder` that are not needed."""
    kept = 0
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_file():
            continue
        if is_needed(path.relative_to(folder).as_posix()):
            kept += path.stat().st_size
        else:
            path.unlink()
    sys.stdout.write(f"{kept / 1e6:,.0f} MB stay in {folder}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

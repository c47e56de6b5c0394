"""`python -m core.execution.built_in`: write down what this version can do (`services.workers.built_in`)."""

from __future__ import annotations

import sys

from core.execution.catalogue import catalogue
from core.execution.registries import load_built_in
from core.services.workers.built_in import FILE, as_json


def main() -> None:
    """Write the file anew; to be run whenever a technique, a source, a task or a metric changes."""
    load_built_in()
    FILE.write_text(as_json(catalogue()), encoding="utf-8")
    sys.stdout.write(f"Wrote {FILE}\n")


if __name__ == "__main__":
    main()

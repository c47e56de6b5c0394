"""The console command: thin commands over the services."""

from __future__ import annotations

import sys


def main() -> None:
    """Run `compress-compare`; expected errors are written in words to standard error and end with code 2."""
    from core.cli.commands import app
    from core.cli.wording import explain
    from core.errors import CompressCompareError

    try:
        app()
    except CompressCompareError as error:
        sys.stderr.write(explain(error))
        sys.exit(2)

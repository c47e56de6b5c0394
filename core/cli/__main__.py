"""`python -m core.cli` is the same as `compress-compare`."""

from core.cli import main

if __name__ == "__main__":
    main()

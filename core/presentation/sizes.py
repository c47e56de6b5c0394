"""Sizes of files."""

from __future__ import annotations


def file_size(number: float) -> str:
    """Return a number of bytes with a decimal unit: `980 bytes`, `12.3 MB`, `1.20 GB`."""
    for factor, unit, digits in ((1e9, "GB", 2), (1e6, "MB", 1), (1e3, "kB", 0)):
        if number >= factor:
            return f"{number / factor:,.{digits}f} {unit}"
    return f"{number:,.0f} bytes"

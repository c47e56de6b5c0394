"""Shares and changes of shares as text."""

from __future__ import annotations

import math

from core.presentation import numbers

NONE = "\N{EM DASH}"
MINUS = "\N{MINUS SIGN}"


def percent(share: float) -> str:
    """Return e.g. `95.2 %`; a dash where it is not known."""
    return NONE if math.isnan(share) else numbers.percent(share)


def signed(value: float) -> str:
    """Return a share as points with a sign, e.g. `-34.0`, with a real minus sign."""
    if math.isnan(value):
        return NONE
    text = f"{abs(value) * 100:.1f}"
    return text if float(text) == 0 else f"{MINUS if value < 0 else '+'}{text}"

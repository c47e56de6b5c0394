"""Numbers as sentences write them: as many digits as one says, and no more than their interval bears."""

from __future__ import annotations

import math
from decimal import Decimal

_LARGE = 1e6
_ROUNDED = 0.005
"""Share of a large number that its three digits leave open."""


def plain(value: float) -> str:
    """Write a positive number as one says it: one decimal below ten, none above, a power of ten if large."""
    if value >= _LARGE:
        return f"{value:.2e}"
    if value >= 9.95:
        return f"{value:,.0f}"
    text = f"{value:.1f}".removesuffix(".0")
    return f"{value:.1g}" if text == "0" and value >= 0.005 else text


def scaled(value: float, scale: float, over: float = 1.0) -> str:
    """Write `value * scale / over` of positive numbers, also where no float can hold it."""
    found = value / over * scale
    return plain(found) if math.isfinite(found) else f"{_exact(value, scale, over):.2e}"


def with_margin(
    value: float, margin: float, scale: float = 1.0, over: float = 1.0, *, finest: int = 2
) -> str:
    """Write a number and half the width of its interval, both times `scale / over`, with the same decimals.

    The margin has two significant digits at most: `21.3 ± 5.1`, `0.5 ± 1.6`, `250 ± 120`. Empty where it is
    less than `finest` decimals, or the digits of a large number, can show.
    """
    first, second = (number / over * scale for number in (value, margin))
    if max(first, second) >= _LARGE:
        shown = margin >= _ROUNDED * value
        large, about = (_exact(number, scale, over) for number in (value, margin))
        return f"{large:.2e} \N{PLUS-MINUS SIGN} {about:.1e}" if shown else ""
    if second < 0.5 * 10**-finest:
        return ""
    decimals = min(finest, 1 - int(f"{second:.1e}".partition("e")[2]))
    texts = [f"{round(number, decimals):,.{max(0, decimals)}f}" for number in (first, second)]
    return " \N{PLUS-MINUS SIGN} ".join(texts)


def _exact(value: float, scale: float, over: float) -> Decimal:
    return Decimal(value) * Decimal(scale) / Decimal(over)

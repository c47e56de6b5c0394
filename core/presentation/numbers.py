"""Numbers and shares."""

from __future__ import annotations

_WHOLE_BELOW = 1e15
"""Above this, floats do not hold every whole number, so that digits would be made up."""


def number(value: float) -> str:
    """Return e.g. `1,000,000`, `0.99` or `1e-05`."""
    whole = value == int(value) if abs(value) < _WHOLE_BELOW else False
    return f"{int(value):,}" if whole else f"{value:g}"


def percent(share: float, digits: int = 1) -> str:
    """Return a share of 1 as per cent, with a space before the sign: `95.2 %`."""
    return f"{share * 100:.{digits}f} %"


def whole_percent(share: float) -> str:
    """Return a share of 1 without decimals: `95 %`."""
    return percent(share, digits=0)


def decibels(value: float) -> str:
    """Return a ratio in decibels, e.g. `12.0 dB`."""
    return f"{value:.1f} dB".replace("-", "\N{MINUS SIGN}")

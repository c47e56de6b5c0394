"""Bounds of values."""

from __future__ import annotations

from core.presentation.numbers import number


def bounds(
    low: float | None = None,
    high: float | None = None,
    *,
    above: float | None = None,
    below: float | None = None,
) -> str:
    """Return which values are allowed, e.g. `from 0 to 1`, `above 0`, `from 0 to below 1`; empty for all.

    low, high: the smallest and largest value; above, below: limits that are no values themselves.
    """
    if low is not None and (high, below) != (None, None):
        return f"from {number(low)} to {_most(high, below).removeprefix('at most ')}"
    least = [f"at least {number(low)}"] if low is not None else []
    least += [f"above {number(above)}"] if above is not None else []
    return " and ".join([*least, *([_most(high, below)] if (high, below) != (None, None) else [])])


def _most(high: float | None, below: float | None) -> str:
    return f"at most {number(high)}" if high is not None else f"below {number(below or 0)}"

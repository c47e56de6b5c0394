"""The interval of a paired difference, written down once more from its formula."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_Z = statistics.NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Outcome:
    """What a model scored on each instance, by metric. mark: equal where the instances are the same."""

    mark: str
    scores: Mapping[str, Sequence[float]]


def paired_interval(before: Sequence[float], after: Sequence[float]) -> tuple[float, float] | None:
    """Return the 95 % interval of the mean of `after` minus that of `before`, instance by instance."""
    if set(before) | set(after) <= {0.0, 1.0}:
        return _of_shares(before, after)
    gains = [new - old for old, new in zip(before, after, strict=True)]
    if len(gains) < 2:
        return None
    if set(gains) <= {0.0, 1.0}:
        return _wilson(sum(gains) / len(gains), len(gains))
    half = _Z * statistics.stdev(gains) / math.sqrt(len(gains))
    middle = statistics.fmean(gains)
    return middle - half, middle + half


def _of_shares(before: Sequence[float], after: Sequence[float]) -> tuple[float, float]:
    """Newcombe 1998, method 10: Wilson's limits of both shares, joined by the correlation of being right."""
    cells = dict.fromkeys(((1, 1), (1, 0), (0, 1), (0, 0)), 0)
    for old, new in zip(before, after, strict=True):
        cells[int(old), int(new)] += 1
    e, f, g, h = (cells[pair] for pair in ((1, 1), (1, 0), (0, 1), (0, 0)))
    n = e + f + g + h
    first, second = (e + f) / n, (e + g) / n
    (low1, high1), (low2, high2) = _wilson(first, n), _wilson(second, n)
    product = (e + f) * (g + h) * (e + g) * (f + h)
    above = float(e * h - f * g)
    above = max(above - n / 2, 0.0) if above > 0 else above
    phi = above / math.sqrt(product) if product else 0.0
    down, up = first - low1, high2 - second
    below = math.sqrt(max(0.0, down**2 - 2 * phi * down * up + up**2))
    up, down = high1 - first, second - low2
    beyond = math.sqrt(max(0.0, up**2 - 2 * phi * up * down + down**2))
    loss = first - second  # the paper's difference; what is told is its opposite
    return max(-1.0, -(loss + beyond)), min(1.0, -(loss - below))


def _wilson(share: float, n: int) -> tuple[float, float]:
    """Return the two roots of (p - share)^2 = z^2 p (1 - p) / n."""
    a, b, c = 1 + _Z**2 / n, -(2 * share + _Z**2 / n), share**2
    root = math.sqrt(max(0.0, b * b - 4 * a * c))
    return max(0.0, (-b - root) / (2 * a)), min(1.0, (-b + root) / (2 * a))

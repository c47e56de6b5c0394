"""How probable a model finds each token of the right answer, and where it loses the thread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.comparison.behaviour.predictions import Predictions

LOWEST = -12.0
"""Lower log-probabilities, in nats, are drawn as this one."""


@dataclass(frozen=True)
class TokenLine:
    """One model along the right answer.

    values: log-probability of each token given those before it, in nats. perplexity: of the whole answer.
    change: of the perplexity against the first model, as a factor; None of that one itself.
    """

    values: tuple[float, ...]
    perplexity: float
    change: float | None = None

    @property
    def lowest(self) -> int:
        """Position of the least probable token."""
        return int(np.argmin(self.values))


def token_lines(models: Sequence[Predictions], place: int) -> list[TokenLine | None]:
    """Return a line per model for one instance, the baseline first; None where tokens are not kept."""
    found: list[TokenLine | None] = []
    for model in models:
        values = _values(model, place)
        first = found[0] if found else None
        perplexity = _perplexity(values)
        known = bool(values) and first is not None and first.perplexity > 0
        change = perplexity / first.perplexity if known and first is not None else None
        found.append(TokenLine(values, perplexity, change) if values else None)
    return found


def perplexity(model: Predictions) -> float | None:
    """Return the perplexity over the tokens of all right answers; None where tokens are not kept."""
    kept = model.token_log_probabilities
    if kept is None:
        return None
    values = np.asarray(kept, np.float64)
    known = values[~np.isnan(values)]
    return float(np.exp(min(700.0, -known.mean()))) if len(known) else None


def _values(model: Predictions, place: int) -> tuple[float, ...]:
    kept = model.token_log_probabilities
    if kept is None:
        return ()
    row = np.asarray(kept[place], np.float64)
    return tuple(float(each) for each in row[~np.isnan(row)])


def _perplexity(values: tuple[float, ...]) -> float:
    if not values:
        return math.nan
    loss = -sum(values) / len(values)
    return math.exp(loss) if loss < 700 else math.inf

"""Columns that are functions of a written answer: length, perplexity, overlaps, a pattern, or a plug-in's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import regex
from numpy.typing import NDArray

from core.comparison.behaviour.answers import tokens
from core.comparison.behaviour.predictions import Predictions
from core.errors import InvalidInput

LENGTH, PERPLEXITY, EXACT = "length", "perplexity", "exact"
MATCHES = "matches:"
"""Begins the key of a column that says whether answers match the regular expression behind it."""
LABELS: Mapping[str, str] = {
    LENGTH: "Length in words",
    PERPLEXITY: "Perplexity of the right answer",
    EXACT: "Exact match",
    "token_f1": "Token F1",
    "rouge_l": "ROUGE-L",
}
SHARES = frozenset({EXACT, "token_f1", "rouge_l"})
"""Columns between 0 and 1; those of patterns are such, too."""
LONGEST_PATTERN = 200
_BUDGET_S = 1.0
"""A pattern may take so long over all answers of a model."""

Floats = NDArray[np.float64]


def offered(models: Sequence[Predictions], *, judged: bool = True) -> list[str]:
    """Return the keys of the columns that any of these models has, besides patterns.

    judged: whether right answers are known.
    """
    kept = dict.fromkeys(name for model in models for name in model.columns)
    perplexities = judged and any(model.loss is not None for model in models)
    known = [LENGTH, *([PERPLEXITY] if perplexities else []), *([EXACT] if judged else [])]
    return [*known, *kept]


def column_values(key: str, model: Predictions) -> Floats | None:
    """Return a number per answer, `(instances,)`, NaN where there is none; None where nothing is kept.

    Raises:
        InvalidInput: a pattern is none, or takes too long.
    """
    if key.startswith(MATCHES):
        return matches(key.removeprefix(MATCHES), [str(one) for one in model.prediction.tolist()])
    if key == LENGTH:
        return np.array([len(tokens(str(one))) for one in model.prediction.tolist()], np.float64)
    if key == EXACT:
        return model.correct.astype(np.float64)
    if key == PERPLEXITY:
        return None if model.loss is None else np.exp(np.asarray(model.loss, np.float64))
    kept = model.columns.get(key)
    return None if kept is None else np.asarray(kept, np.float64)


def matches(pattern: str, answers: Sequence[str]) -> Floats:
    """Return 1 for each answer in which the regular expression is found, else 0, `(instances,)`.

    Raises:
        InvalidInput: at `pattern`: it is too long, is no regular expression, or takes too long.
    """
    if len(pattern) > LONGEST_PATTERN:
        message = f"The pattern has {len(pattern)} characters."
        raise InvalidInput.of("pattern", message, f"Use at most {LONGEST_PATTERN}.")
    try:
        compiled = regex.compile(pattern)
        each = max(0.01, _BUDGET_S / max(1, len(answers)) * 50)
        found = [compiled.search(answer, timeout=each) is not None for answer in answers]
    except regex.error as error:
        hint = "Write it as for Python's re, e.g. ^the or [0-9]+."
        raise InvalidInput.of("pattern", f"{pattern} is no regular expression: {error}.", hint) from error
    except TimeoutError as error:
        raise InvalidInput.of(
            "pattern", f"{pattern} takes too long to search for.", "Avoid repetitions inside repetitions."
        ) from error
    return np.array(found, np.float64)


def mean_of(key: str, values: Floats) -> float:
    """Return the mean of a column, of perplexities the geometric one; NaN without values."""
    known = values[~np.isnan(values)]
    if not len(known):
        return float("nan")
    with np.errstate(divide="ignore", over="ignore"):
        return float(np.exp(np.log(known).mean()) if key == PERPLEXITY else known.mean())

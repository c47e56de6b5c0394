"""Recomputes the sentence of the largest hidden harm from labels and predictions alone.

Nothing here is shared with what writes the sentence: counts are loops, tests are SciPy's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scipy.stats import binomtest, false_discovery_control

_SENTENCE = re.compile(
    r"^(?P<model>.+) loses (?P<loss>[\d.]+) points on class (?P<group>.+) "
    r"\(n = (?P<n>\d+), 95 % interval (?P<low>-?[\d.]+) to (?P<high>-?[\d.]+)\), (?P<rest>.+)\.$"
)
_OVERALL = re.compile(r"(?P<verb>falls|rises) by (?P<points>[\d.]+)$")


@dataclass(frozen=True)
class Study:
    """Labels, and the predictions of the baseline and of models by name, all over the same instances."""

    labels: Sequence[int]
    class_names: Sequence[str]
    baseline: Sequence[int]
    models: Mapping[str, Sequence[int]]


def faults(sentence: str, study: Study) -> list[str]:
    """Return what is wrong with the sentence: false numbers, or a change that is not significant."""
    found = _SENTENCE.match(sentence)
    if found is None:
        return [f"no harm in: {sentence}"]
    changes = {
        (model, group): _counts(study, model, place)
        for model in study.models
        for place, group in enumerate(study.class_names)
    }
    told = (found["model"], found["group"])
    lost, won, total = changes[told]
    wrong = []
    if total != int(found["n"]):
        wrong.append(f"n is {total}")
    if abs(100 * (lost - won) / total - float(found["loss"])) > _rounding(found["loss"]):
        wrong.append(f"the loss is {100 * (lost - won) / total:.2f}")
    if not float(found["low"]) <= float(found["loss"]) <= float(found["high"]):
        wrong.append("the interval does not hold the loss")
    if told not in _significant(changes):
        wrong.append("the change is not significant")
    return wrong + _overall_faults(found["rest"], study, found["model"])


def _counts(study: Study, model: str, place: int | None) -> tuple[int, int, int]:
    """Return how many instances of a class, or all, a model lost and won, and how many there are."""
    lost = won = total = 0
    for label, before, after in zip(study.labels, study.baseline, study.models[model], strict=True):
        if place is None or label == place:
            total += 1
            lost += before == label != after
            won += before != label == after
    return lost, won, total


def _significant(changes: Mapping[tuple[str, str], tuple[int, int, int]]) -> set[tuple[str, str]]:
    known = [key for key, (_, _, total) in changes.items() if total]
    p_values = [
        binomtest(changes[key][0], sum(changes[key][:2])).pvalue if sum(changes[key][:2]) else 1.0
        for key in known
    ]
    return {key for key, p in zip(known, false_discovery_control(p_values), strict=True) if p <= 0.05}


def _overall_faults(rest: str, study: Study, model: str) -> list[str]:
    found = _OVERALL.search(rest)
    if found is None:
        return []
    lost, won, total = _counts(study, model, None)
    change = 100 * (won - lost) / total
    signed = float(found["points"]) * (1 if found["verb"] == "rises" else -1)
    return [] if abs(change - signed) <= _rounding(found["points"]) else [f"overall it is {change:.2f}"]


def _rounding(written: str) -> float:
    return 0.5001 if "." not in written else 0.0501

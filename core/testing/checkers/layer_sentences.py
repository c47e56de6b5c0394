"""Recomputes the sentence of the Layers tab from the weights alone; nothing is shared with what writes it."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

_SENTENCE = re.compile(
    r"^(?P<model>.+?): (?:the change is spread out: )?(?P<share>[\d.]+) % of (?P<what>.+) lie in "
    r"(?P<few>\d+) of (?P<all>\d+) tensors, which hold (?P<weights>[\d.]+) % of the weights; "
    r"(?P<first>\S+) alone holds (?P<alone>[\d.]+) %\.$"
)
_OF_ONE = re.compile(
    r"^(?P<model>.+?): (?:the change is spread out: )?(?P<first>\S+), (?P<few>1) of (?P<all>\d+) tensors, "
    r"holds (?P<share>[\d.]+) % of (?P<what>.+) and (?P<weights>[\d.]+) % of the weights\.$"
)
Tensors = Mapping[str, NDArray[np.float64]]


def faults(sentence: str, baseline: Tensors, models: Mapping[str, Tensors]) -> list[str]:
    """Return what is wrong with a sentence on weights or zeros of models, by name, against a baseline."""
    found = _SENTENCE.match(sentence) or _OF_ONE.match(sentence)
    if found is None:
        return [f"no finding in: {sentence}"]
    told = {"alone": found["share"], **found.groupdict()}
    extents = {name: sum(_amounts(told["what"], baseline, now).values()) for name, now in models.items()}
    wrong = (
        []
        if told["model"] == max(extents, key=lambda name: extents[name])
        else ["not the model most changed"]
    )
    amounts = _amounts(told["what"], baseline, models[told["model"]])
    total = sum(amounts.values())
    order = sorted(amounts, key=lambda name: -amounts[name])
    few = int(told["few"])
    expected = {
        "share": 100 * sum(amounts[name] for name in order[:few]) / total,
        "alone": 100 * amounts[order[0]] / total,
        "weights": 100
        * sum(baseline[name].size for name in order[:few])
        / sum(each.size for each in baseline.values()),
    }
    wrong += [
        f"{key} is {value:.2f}" for key, value in expected.items() if abs(float(told[key]) - value) > 0.051
    ]
    if order[0] != told["first"]:
        wrong.append(f"{order[0]} holds most")
    if sum(amounts[name] for name in order[: few - 1]) >= total / 2:
        wrong.append("fewer hold half")
    if expected["share"] < 49.95:
        wrong.append("they hold less than half")
    return wrong


def _amounts(what: str, baseline: Tensors, now: Tensors) -> dict[str, float]:
    found = {}
    for name, before in baseline.items():
        total = 0.0
        for old, new in zip(before.tolist(), now[name].tolist(), strict=True):
            total += (new == 0 != old) if what == "the new zeros" else (new - old) ** 2
        found[name] = total
    return found

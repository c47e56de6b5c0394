"""Metrics in per cent from 0 to 100 are points like fractions: every sentence says the same of both."""

import random
import re
from collections import Counter
from dataclasses import fields, is_dataclass, replace

import pytest

from core.comparison.sentences.evidence import Evidence
from core.comparison.sentences.statement import Difference, Statement
from core.comparison.sentences.summary import Summary, summary_from
from core.comparison.sentences.trade_off import Aims, best_trade_off
from core.comparison.sentences.words import written
from core.comparison.variables.variables import what_differs
from core.domain.metric import Direction, Format, MetricDefinition
from core.domain.model import Model
from core.domain.recipe import Step
from core.testing.projects.forests import model
from core.testing.sentences.drawing import drawn_selection, drawn_study
from core.testing.sentences.situation import Situation

FRACTION = MetricDefinition("top1", "Top-1 accuracy", Direction.HIGHER, Format.PERCENT)
PER_CENT = MetricDefinition("top1", "Top-1 accuracy", Direction.HIGHER, Format.DECIMAL, "%")


def in_per_cent(one: Model) -> Model:
    """Return a model whose accuracy is kept from 0 to 100."""
    metrics, intervals = dict(one.metrics), dict(one.intervals)
    if "top1" in metrics:
        metrics["top1"] *= 100
    if "top1" in intervals:
        intervals["top1"] = (intervals["top1"][0] * 100, intervals["top1"][1] * 100)
    return replace(one, metrics=metrics, intervals=intervals)


def drawn(seed: int) -> Situation:
    """Return a selection of a study whose quality is a fraction."""
    rng = random.Random(seed)
    while True:
        at = drawn_study(rng)
        if at.metrics[0].name == "top1" and at.metrics[0].format is Format.PERCENT and not at.outcomes:
            return drawn_selection(rng, at)


def said(at: Situation, models: list[Model], quality: MetricDefinition) -> Summary:
    metrics = (quality, *at.metrics[1:])
    evidence = Evidence.of(what_differs(models, at.ids), models, {})
    return summary_from(evidence, metrics, [metric.name for metric in metrics])


def told(statement: Statement | None) -> list[tuple[str, str, float]]:
    """Return metric, verdict and amount of every difference in a statement, amounts of quality in points."""
    found: list[tuple[str, str, float]] = []

    def walk(value: object) -> None:
        if isinstance(value, Difference):
            amount = value.amount * (value.metric.points_per_unit or 1)
            found.append((value.metric.name, value.verdict.value, round(amount, 6)))
        elif is_dataclass(value):
            for each in fields(value):
                walk(getattr(value, each.name))
        elif isinstance(value, tuple):
            for each in value:
                walk(each)

    walk(statement)
    return found


def without_values(text: str) -> str:
    """Return a sentence without the values of the metric, which the two formats write otherwise."""
    return re.sub(r"[\d.,]+(e-?\d+)? %", "VALUE", text)


def test_every_kind_of_sentence_says_the_same_of_both_scales() -> None:
    kinds: Counter[str] = Counter()
    for seed in range(400):
        at = drawn(seed)
        one = said(at, list(at.models), FRACTION)
        other = said(at, [in_per_cent(each) for each in at.models], PER_CENT)
        assert told(one.statement) == told(other.statement), (seed, one.text, other.text)
        assert without_values(one.text) == without_values(other.text), seed
        kinds[one.statement.kind if one.statement else "silence"] += 1
    assert kinds.keys() >= {"contrast", "effects", "trend", "spread", "best_of", "single"}, kinds


def test_the_sentence_of_a_study_says_the_same_of_both_scales() -> None:
    for seed in range(200):
        at = drawn(seed)
        scaled = [in_per_cent(each) for each in at.models]
        found = [
            best_trade_off(models, Aims(quality, at.metrics[1], {}, 0.02), lambda one: one.name)
            for models, quality in ((at.models, FRACTION), (scaled, PER_CENT))
        ]
        texts = [without_values(written(one)) if one else "" for one in found]
        assert texts[0] == texts[1], seed


@pytest.mark.parametrize(("after", "same"), [(0.84, True), (0.8399, False)])
@pytest.mark.parametrize("scale", [1, 100])
def test_one_point_is_within_a_point_in_either_scale(after: float, same: bool, scale: int) -> None:
    metric = FRACTION if scale == 1 else PER_CENT
    base = model(1, metrics={"top1": 0.85 * scale})
    models = [base, model(2, base, Step("prune"), metrics={"top1": after * scale})]
    text = said(Situation(models, (1, 2), (metric,)), models, metric).text
    assert ("keeps top-1 accuracy within 1 point" in text) is same, text

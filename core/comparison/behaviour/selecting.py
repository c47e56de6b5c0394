"""Which instances pass filters, and in which order they are listed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from core.comparison.behaviour.answers import Fault, faulty
from core.comparison.behaviour.exemplars import exemplars
from core.comparison.behaviour.instance_filters import FilterKind, InstanceFilter
from core.comparison.behaviour.predictions import NO_ANSWER, Bools, Predictions, Split
from core.comparison.behaviour.quantities import Quantity, losses, quantity

Texts = NDArray[np.generic]


class Flip(StrEnum):
    """How the prediction of a model lies to that of the baseline."""

    REGRESSION = "regression"  # right before, wrong now
    FIX = "fix"  # wrong before, right now
    CHANGED = "changed"
    SAME = "same"
    BOTH_RIGHT = "both-right"
    BOTH_WRONG = "both-wrong"
    ONE_WRONG = "one-wrong"


class Order(StrEnum):
    """In which order instances are listed."""

    REGRESSION = "regression"  # right before and wrong now first, by the largest rise of the loss
    DISAGREEMENT = "disagreement"  # by the number of models with another prediction than the baseline
    CONFIDENCE = "confidence"  # by the largest change of the confidence, up or down
    DATA = "data"  # as in the data


@dataclass(frozen=True, eq=False)
class Compared:
    """Outcomes of models and their baseline on the same instances.

    models: by id as text, in the order of their columns; the baseline is not among them.
    ids, texts: what instances are called and what they say, `(instances,)`; None where they are not kept.
    references: the right answers, where those are texts.
    """

    split: Split
    baseline_id: str
    baseline: Predictions
    models: Mapping[str, Predictions]
    ids: Texts | None = None
    texts: Texts | None = None
    references: Texts | None = None

    def of(self, model_id: str) -> Predictions | None:
        """Return the outcomes of a model or of the baseline; None if it does not take part."""
        return self.baseline if model_id == self.baseline_id else self.models.get(model_id)


@dataclass(frozen=True, eq=False)
class Chosen:
    """Which instances pass, `(instances,)`.

    ignored: filters that mean nothing here, e.g. of a model that is not compared any more.
    """

    passed: Bools
    ignored: tuple[InstanceFilter, ...]


def choose(compared: Compared, filters: Iterable[InstanceFilter]) -> Chosen:
    """Return the instances that pass all filters."""
    passed = np.ones(compared.baseline.instances, bool)
    ignored = []
    for one in filters:
        found = _MASKS[one.kind](compared, *one.parts)
        if found is None:
            ignored.append(one)
        else:
            passed &= found
    return Chosen(passed, tuple(ignored))


def ordered(compared: Compared, passed: Bools, order: Order) -> NDArray[np.intp]:
    """Return the positions of the instances that passed, in the order asked for; ties as in the data."""
    places = np.flatnonzero(passed)
    keys = _KEYS[order](compared, places)
    return places[np.lexsort(tuple(-key for key in reversed(keys)))] if keys else places


def _in_group(compared: Compared, column: str, value: str) -> Bools | None:
    grouping = compared.split.groupings.get(column)
    if grouping is None or value not in grouping.values:
        return None
    return grouping.members(grouping.values.index(value), compared.baseline.instances)


def _flipped(compared: Compared, model_id: str, kind: str) -> Bools | None:
    model, before = compared.models.get(model_id), compared.baseline
    if model is None or kind not in set(Flip):
        return None
    masks: Mapping[Flip, Callable[[], NDArray[np.bool_]]] = {
        Flip.REGRESSION: lambda: before.correct & ~model.correct,
        Flip.FIX: lambda: ~before.correct & model.correct,
        Flip.CHANGED: lambda: np.asarray(before.prediction != model.prediction),
        Flip.SAME: lambda: np.asarray(before.prediction == model.prediction),
        Flip.BOTH_RIGHT: lambda: before.correct & model.correct,
        Flip.BOTH_WRONG: lambda: ~before.correct & ~model.correct,
        Flip.ONE_WRONG: lambda: before.correct ^ model.correct,
    }
    return masks[Flip(kind)]()


def _moved(compared: Compared, model_id: str, before: str, after: str) -> Bools | None:
    model = compared.models.get(model_id)
    first = _predicted(compared.split, compared.baseline, before)
    then = None if model is None else _predicted(compared.split, model, after)
    return None if first is None or then is None else first & then


def _confused(compared: Compared, model_id: str, label: str, prediction: str) -> Bools | None:
    model, split = compared.of(model_id), compared.split
    given = None if model is None else _predicted(split, model, prediction)
    if given is None or split.labels is None or label not in split.class_names:
        return None
    right: Bools = split.labels == split.class_names.index(label)
    return given & right


def _predicted(split: Split, model: Predictions, answer: str) -> Bools | None:
    if not split.class_names:
        return np.asarray(model.prediction == answer)
    if answer == NO_ANSWER and answer not in split.class_names:
        return np.asarray(np.asarray(model.prediction, np.int64) < 0)
    if answer not in split.class_names:
        return None
    return np.asarray(model.prediction == split.class_names.index(answer))


def _between(compared: Compared, model_id: str, which: str, low: str, high: str) -> Bools | None:
    model = compared.of(model_id)
    ends = _number(low), _number(high)
    if model is None or which not in set(Quantity) or any(math.isnan(end) for end in ends):
        return None
    values = quantity(Quantity(which), model, compared.baseline, compared.split.labels)
    return None if values is None else np.asarray((values >= ends[0]) & (values < ends[1]))


def _broken(compared: Compared, model_id: str, fault: str) -> Bools | None:
    model = compared.of(model_id)
    if model is None or compared.split.class_names or fault not in set(Fault):
        return None
    return faulty(Fault(fault), model.prediction, compared.references)


def _saying(compared: Compared, text: str) -> Bools | None:
    """Search ids and texts, and answers where those are texts; upper and lower case are the same."""
    answers = [] if compared.split.class_names else [compared.baseline, *compared.models.values()]
    searched = [compared.ids, compared.texts, *(one.prediction for one in answers)]
    wanted = text.casefold()
    present = [each for each in searched if each is not None]
    if not present:
        return None
    masks = [np.fromiter((wanted in str(one).casefold() for one in each), bool) for each in present]
    return np.asarray(np.logical_or.reduce(masks))


def _called(compared: Compared, *ids: str) -> Bools | None:
    if compared.ids is None:
        return None
    wanted = set(ids)
    return np.fromiter((str(one) in wanted for one in compared.ids.tolist()), bool, len(compared.ids))


def _exemplars(compared: Compared) -> Bools | None:
    return exemplars([compared.baseline], list(compared.models.values()))


_MASKS: Mapping[FilterKind, Callable[..., Bools | None]] = {
    FilterKind.GROUP: _in_group,
    FilterKind.FLIP: _flipped,
    FilterKind.MOVE: _moved,
    FilterKind.CELL: _confused,
    FilterKind.RANGE: _between,
    FilterKind.ANSWER: _broken,
    FilterKind.TEXT: _saying,
    FilterKind.IDS: _called,
    FilterKind.EXEMPLARS: _exemplars,
}


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _by_regression(compared: Compared, places: NDArray[np.intp]) -> list[NDArray[np.float64]]:
    before = compared.baseline.correct[places]
    regressed = [before & ~model.correct[places] for model in compared.models.values()]
    labels = compared.split.labels
    base = losses(compared.baseline, labels)
    rises = [
        loss[places] - base[places]
        for model in compared.models.values()
        if base is not None and (loss := losses(model, labels)) is not None
    ]
    count = np.sum(regressed, axis=0, dtype=float) if regressed else np.zeros(len(places))
    return [(count > 0).astype(float), _largest(rises, len(places)), count]


def _by_disagreement(compared: Compared, places: NDArray[np.intp]) -> list[NDArray[np.float64]]:
    before = compared.baseline.prediction[places]
    differs = [model.prediction[places] != before for model in compared.models.values()]
    return [np.sum(differs, axis=0, dtype=float)] if differs else []


def _by_confidence(compared: Compared, places: NDArray[np.intp]) -> list[NDArray[np.float64]]:
    changes = [
        np.abs(change[places])
        for model in compared.models.values()
        if (change := quantity(Quantity.CONFIDENCE_CHANGE, model, compared.baseline, None)) is not None
    ]
    return [_largest(changes, len(places))]


def _largest(values: Sequence[NDArray[np.float64]], instances: int) -> NDArray[np.float64]:
    """Return the largest value of each instance; what is not known comes last."""
    if not values:
        return np.zeros(instances)
    known = [np.where(np.isnan(each), -np.inf, each) for each in values]
    return np.asarray(np.max(known, axis=0))


_KEYS: Mapping[Order, Callable[[Compared, NDArray[np.intp]], list[NDArray[np.float64]]]] = {
    Order.REGRESSION: _by_regression,
    Order.DISAGREEMENT: _by_disagreement,
    Order.CONFIDENCE: _by_confidence,
    Order.DATA: lambda _compared, _places: [],
}

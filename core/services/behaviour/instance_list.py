"""Single instances with the answer of every compared model, page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.comparison.behaviour.answers import Fault
from core.comparison.behaviour.histograms import Histograms, binned, counted
from core.comparison.behaviour.instance_filters import FilterKind, InstanceFilter
from core.comparison.behaviour.predictions import Bools, Predictions, named, present
from core.comparison.behaviour.quantities import Quantity, losses
from core.comparison.behaviour.selecting import Compared, Flip, Order, choose, ordered
from core.domain.data.instances import COLUMN, ID, PICTURE, TEXT, InstanceSet
from core.domain.ids import InstanceSetId, ModelId
from core.domain.measurement.evaluation import Arrays
from core.services.application import Application
from core.services.behaviour.behaviour import Behaviour
from core.services.behaviour.instances import instances_of
from core.services.comparison.outcome_cache import kept

_SEARCHED = frozenset({FilterKind.TEXT, FilterKind.IDS})
Counts = Mapping[InstanceFilter, int]
"""How many instances pass a filter; one that means nothing here is not among them."""


@dataclass(frozen=True)
class Wanted:
    """Which instances to list, ANDed; `page` counts from 0; `quantity` is that of the histograms."""

    filters: tuple[InstanceFilter, ...] = ()
    order: Order = Order.REGRESSION
    page: int = 0
    size: int = 24
    quantity: Quantity = Quantity.CONFIDENCE_CHANGE


@dataclass(frozen=True)
class Answer:
    """What one model said about an instance; numbers are None where they are not kept.

    correct: None where the right answer is not known.
    """

    model_id: ModelId
    prediction: str
    correct: bool | None
    changed: bool
    confidence: float | None
    confidence_change: float | None
    loss: float | None


@dataclass(frozen=True)
class PictureAddress:
    """Where the picture of an instance is; the same address always has the same content."""

    set_id: InstanceSetId
    mark: str
    instance: int


@dataclass(frozen=True)
class ShownInstance:
    """One instance with all answers, the baseline's first.

    position: among all instances. label: name of the right class, or the right answer; None without one.
    columns: what else is known of it, name and value.
    """

    position: int
    id: str
    label: str | None
    text: str | None
    picture: PictureAddress | None
    answers: tuple[Answer, ...]
    columns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, eq=False)
class InstancePage:
    """A page of instances.

    total: how many passed. ignored: filters that could not be applied. kept: None where only outcomes are
    known of the instances. positions: of all that passed, in order. counts: instances per offered filter.
    """

    total: int
    page: int
    pages: int
    shown: tuple[ShownInstance, ...]
    ignored: tuple[InstanceFilter, ...]
    kept: InstanceSet | None
    positions: NDArray[np.intp]
    histograms: Histograms | None
    counts: Counts


def list_instances(app: Application, found: Behaviour, wanted: Wanted) -> InstancePage:
    """Return a page of the instances that pass the filters; the last one where there are fewer pages."""
    known = instances_of(app, found.evaluation)
    searched = any(one.kind in _SEARCHED for one in wanted.filters)
    compared = _compared(app, found, known if searched else None)
    chosen = choose(compared, wanted.filters)
    positions = _ordered(app, found, compared, wanted.order)
    positions = positions[chosen.passed[positions]]
    pages = max(1, -(-len(positions) // wanted.size))
    page = min(max(0, wanted.page), pages - 1)
    places = positions[page * wanted.size : (page + 1) * wanted.size]
    return InstancePage(
        total=len(positions),
        page=page,
        pages=pages,
        shown=shown_instances(app, found, places.tolist(), known),
        ignored=chosen.ignored,
        kept=known,
        positions=positions,
        histograms=_histograms(app, found, compared, wanted.quantity, chosen.passed),
        counts=kept(app, ("counts", found.key), lambda: _counts(found)),
    )


def _ordered(app: Application, found: Behaviour, compared: Compared, order: Order) -> NDArray[np.intp]:
    """Return all instances in an order, which is kept: other filters do not change it."""
    possible, every = possible_order(found, order), np.ones(found.comparison.instances, bool)
    return kept(app, ("order", found.key, possible), lambda: ordered(compared, every, possible))


def _histograms(
    app: Application, found: Behaviour, compared: Compared, which: Quantity, passed: Bools
) -> Histograms | None:
    """Return the histograms of a quantity; the bin of every instance is kept."""
    bins = kept(app, ("bins", found.key, which), lambda: binned(compared, which))
    return None if bins is None else counted(bins, passed)


def possible_order(found: Behaviour, order: Order) -> Order:
    """Return the order, or that by disagreement where no right answer is known and nothing can regress."""
    return Order.DISAGREEMENT if order is Order.REGRESSION and not found.split.labelled else order


def _counts(found: Behaviour) -> Counts:
    """Return how many instances pass each filter on flips, broken answers and exemplars."""
    compared = _outcomes(found)
    everyone = [compared.baseline_id, *compared.models]
    offered = [InstanceFilter(FilterKind.FLIP, (one, kind)) for one in compared.models for kind in Flip]
    offered += [InstanceFilter(FilterKind.ANSWER, (one, fault)) for one in everyone for fault in Fault]
    counts: dict[InstanceFilter, int] = {}
    for each in (*offered, InstanceFilter(FilterKind.EXEMPLARS)):
        chosen = choose(compared, [each])
        if not chosen.ignored:
            counts[each] = int(chosen.passed.sum())
    return counts


def shown_instances(
    app: Application, found: Behaviour, places: Sequence[int], kept: InstanceSet | None
) -> tuple[ShownInstance, ...]:
    """Return chosen instances with everything that is known of them."""
    with app.unit_of_work() as uow:
        arrays = uow.instances.arrays(kept.id) if kept is not None else {}
    return tuple(_shown(found, place, kept, arrays) for place in places)


def _compared(app: Application, found: Behaviour, kept: InstanceSet | None) -> Compared:
    arrays: Arrays = {}
    if kept is not None:
        with app.unit_of_work() as uow:
            whole = uow.instances.arrays(kept.id, (ID, TEXT))
        arrays = {name: found.compared(array) for name, array in whole.items()}
    return replace(_outcomes(found), ids=arrays.get(ID), texts=arrays.get(TEXT))


def _outcomes(found: Behaviour) -> Compared:
    return Compared(
        split=found.split,
        baseline_id=str(found.baseline.id),
        baseline=found.predictions[found.baseline.id],
        models={str(model.id): found.predictions[model.id] for model in found.models},
        references=found.predictions[found.baseline.id].reference,
    )


def _shown(
    found: Behaviour,
    place: int,
    kept: InstanceSet | None,
    arrays: Arrays,
) -> ShownInstance:
    ids, texts, pictures = arrays.get(ID), arrays.get(TEXT), arrays.get(PICTURE)
    among_all = found.among_all(place)
    has_picture = kept is not None and pictures is not None and pictures[among_all, 0] >= 0
    models = [found.baseline.id, *(model.id for model in found.models)]
    return ShownInstance(
        position=place,
        id=str(among_all) if ids is None else str(ids[among_all]),
        label=_label(found, place),
        text=None if texts is None else str(texts[among_all]),
        picture=PictureAddress(kept.id, kept.fingerprint[:12], among_all) if kept and has_picture else None,
        answers=tuple(_answer(found, model_id, place) for model_id in models),
        columns=_columns(found, place, arrays),
    )


def _label(found: Behaviour, place: int) -> str | None:
    reference = found.predictions[found.baseline.id].reference
    if reference is not None:
        return str(reference[place])
    labels = found.split.labels
    if labels is None or not 0 <= int(labels[place]) < len(found.split.class_names):
        return None
    return found.split.class_names[int(labels[place])]


def _answer(found: Behaviour, model_id: ModelId, place: int) -> Answer:
    model, before = found.predictions[model_id], found.predictions[found.baseline.id]
    confidence, base = _at(model.confidence, place), _at(before.confidence, place)
    known = confidence is not None and base is not None
    return Answer(
        model_id=model_id,
        prediction=named(model.prediction[place : place + 1].tolist()[0], found.split.class_names),
        correct=bool(model.correct[place]) if _has_answer(found, place) else None,
        changed=bool(model.prediction[place] != before.prediction[place]),
        confidence=confidence,
        confidence_change=confidence - base
        if known and confidence is not None and base is not None
        else None,
        loss=_loss(model, found, place),
    )


def _has_answer(found: Behaviour, place: int) -> bool:
    unlabelled = found.split.unlabelled
    return unlabelled is None or not unlabelled[place]


def _loss(model: Predictions, found: Behaviour, place: int) -> float | None:
    part, kept = slice(place, place + 1), model.log_probabilities
    one = Predictions(
        model.prediction[part],
        model.correct[part],
        present(kept)[part] if model.loss is None and kept is not None else None,
        loss=None if model.loss is None else model.loss[part],
    )
    known = losses(one, None if found.split.labels is None else found.split.labels[part])
    return None if known is None else _at(known, 0)


def _at(values: NDArray[np.generic] | None, place: int) -> float | None:
    """Return a number as people read it; None where it is not kept or not finite."""
    if values is None:
        return None
    value = float(values[place])
    return value if np.isfinite(value) else None


def _columns(found: Behaviour, place: int, arrays: Arrays) -> tuple[tuple[str, str], ...]:
    grouped = [
        (name, value)
        for name, grouping in found.split.groupings.items()
        if name != "class" and not grouping.picked and (value := grouping.value_at(place)) is not None
    ]
    further = [
        (name.removeprefix(COLUMN), str(array[found.among_all(place)]))
        for name, array in arrays.items()
        if name.startswith(COLUMN)
    ]
    return (*grouped, *further)

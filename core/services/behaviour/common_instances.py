"""Instances that models share although the data changed between their evaluations, found by their ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from core.comparison.behaviour.predictions import Deferred, Numbers
from core.domain.data.instances import ID, PICTURE, TEXT, InstanceSet
from core.domain.measurement.evaluation import LABEL, Arrays, Evaluation
from core.errors import CorruptArtifact
from core.persistence.unit_of_work import UnitOfWork
from core.presentation.counts import counted
from core.services.application import Application
from core.services.behaviour.instances import instances_of
from core.services.comparison.compared_models import data_mark
from core.services.comparison.outcome_cache import evaluation_key, kept, kept_outcomes

_Positions = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class CommonInstances:
    """Instances that are in every one of several states of the data, with the same content and right answer.

    positions: where they are in each state, by its mark, in the order of the baseline's.
    whole: how many instances the baseline was evaluated on.
    altered: how many have the same id in all states, but another content or right answer.
    """

    positions: Mapping[str, _Positions]
    whole: int
    altered: int

    @property
    def words(self) -> str:
        """Say on which instances models are compared, and what the other figures of them are of."""
        shared = counted(len(next(iter(self.positions.values()))), "instance")
        told = f"Compared are the {shared} that all of them have, of {self.whole:,} of the baseline"
        if self.altered:
            told += f"; {self.altered:,} more have the same id, but another content or right answer"
        return f"The data changed between the evaluations. {told}. Metrics are of all instances of each."

    def of(self, arrays: Arrays, evaluation: Evaluation) -> Arrays:
        """Return what arrays of an evaluation say about the shared instances."""
        chosen = self.positions[data_mark(evaluation)]
        return {name: array[chosen] for name, array in arrays.items()}

    def of_deferred(self, array: Deferred | None, evaluation: Evaluation) -> Deferred | None:
        """Return the same of an array that is read later."""
        if array is None:
            return None
        chosen, read = self.positions[data_mark(evaluation)], array.read
        return Deferred((len(chosen), *array.shape[1:]), lambda: read()[chosen])


@dataclass(frozen=True, eq=False)
class _State:
    """The instances that an evaluation saw. content: what each one is: its text, or its picture."""

    ids: Numbers
    content: Sequence[object]
    answers: Numbers


def common_instances(
    app: Application, uow: UnitOfWork, reference: Evaluation, others: Sequence[Evaluation]
) -> CommonInstances | None:
    """Return what the data of evaluations share; None where that is nothing, or cannot be known.

    States of the data of which nothing can be known are not among its positions.

    Ids alone do not tell, since rows of a table are numbered: what is kept of the instances, texts or
    thumbnails, must be the same, too.
    """
    by_mark = {data_mark(one): one for one in (reference, *others)}
    key = ("common", *(evaluation_key(one) for one in by_mark.values()))
    return kept(app, key, lambda: _found(app, uow, list(by_mark.values())))


def _found(app: Application, uow: UnitOfWork, evaluations: Sequence[Evaluation]) -> CommonInstances | None:
    reference = evaluations[0]
    names = reference.details.get("class_names")
    known = [one for one in evaluations if one.details.get("class_names") == names]
    states = {data_mark(one): state for one in known if (state := _state(app, uow, one)) is not None}
    first = states.get(data_mark(reference))
    if first is None or len(states) < 2:
        return None
    places = {mark: _places(first, state) for mark, state in states.items()}
    with_id = reduce(np.logical_and, [found >= 0 for found in places.values()])
    alike = [_same_content(first, state, places[mark]) for mark, state in states.items()]
    chosen = np.flatnonzero(reduce(np.logical_and, alike, with_id))
    if not len(chosen):
        return None
    positions = {mark: found[chosen] for mark, found in places.items()}
    return CommonInstances(positions, len(first.ids), int(with_id.sum()) - len(chosen))


def _places(first: _State, other: _State) -> _Positions:
    """Return where each instance of the first is in the other by its id, -1 where it is not."""
    places = {name: place for place, name in enumerate(other.ids.tolist())}
    return np.array([places.get(name, -1) for name in first.ids.tolist()], np.intp)


def _same_content(first: _State, other: _State, places: _Positions) -> NDArray[np.bool_]:
    """Return which instances have the same content and answer at their place; of others, anything."""
    pairs = zip(first.content, places.tolist(), strict=True)
    same = np.array([content == other.content[place] for content, place in pairs], bool)
    found: NDArray[np.bool_] = same & (first.answers == other.answers[places])
    return found


def _state(app: Application, uow: UnitOfWork, evaluation: Evaluation) -> _State | None:
    found, outcomes = instances_of(app, evaluation), kept_outcomes(app, uow, evaluation)
    answers = outcomes.get("reference", outcomes.get(LABEL))
    if found is None or answers is None:
        return None
    arrays = uow.instances.arrays(found.id, (ID, TEXT, PICTURE))
    content = _content(app, found, arrays)
    ids = arrays.get(ID)
    if ids is None or content is None or len(set(ids.tolist())) < len(ids) or len(ids) != len(answers):
        return None
    return _State(ids, content, answers)


def _content(app: Application, found: InstanceSet, arrays: Arrays) -> Sequence[object] | None:
    if TEXT in arrays:
        texts: list[object] = arrays[TEXT].tolist()
        return texts
    if PICTURE not in arrays or found.pictures < found.instances:
        return None
    try:
        packs = [app.artifacts.fetch(key).read_bytes() for key in found.packs]
    except CorruptArtifact:
        return None
    return [packs[pack][start:end] for pack, start, end in arrays[PICTURE].tolist()]

"""Decoded outcomes of evaluations, and what follows from them, kept while they are looked at.

Outcomes of an evaluation never change, so nothing here can be out of date. What was used last stays:
outcomes up to `MOST_BYTES` per database, and the last `MOST_RESULTS` results.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import numpy as np

from core.comparison.behaviour.predictions import Deferred, Numbers
from core.domain.measurement.evaluation import LABEL, SLICE, Arrays, Evaluation
from core.persistence.unit_of_work import UnitOfWork
from core.services.application import Application

MOST_BYTES = 192 << 20
MOST_RESULTS = 128
NOT_COMPARED = frozenset({"top_tokens"})
"""Arrays that no comparison reads."""

PREDICTION = "prediction"
LOSS = "loss"
LOG_PROBABILITIES = "log_probabilities"

_T = TypeVar("_T")


@dataclass
class _Kept:
    lock: Lock = field(default_factory=Lock)
    making: dict[Hashable, Lock] = field(default_factory=dict)
    arrays: OrderedDict[Hashable, Arrays] = field(default_factory=OrderedDict)
    results: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict)

    def find(self, among: OrderedDict[Hashable, _T], key: Hashable, make: Callable[[], _T]) -> _T:
        """Return what is kept; what is asked for twice at the same time is made once."""
        with self.lock:
            if key in among:
                among.move_to_end(key)
                return among[key]
            mine = self.making.setdefault(key, Lock())
        with mine:
            with self.lock:
                if key in among:  # made while this one waited
                    return among[key]
            made = make()
            with self.lock:
                among[key] = made
                self.making.pop(key, None)
        return made

    def shrink(self) -> None:
        """Let go what was used longest ago."""
        with self.lock:
            while len(self.results) > MOST_RESULTS:
                self.results.popitem(last=False)
            while len(self.arrays) > 1 and sum(map(size_bytes, self.arrays.values())) > MOST_BYTES:
                self.arrays.popitem(last=False)


_kept: WeakKeyDictionary[object, _Kept] = WeakKeyDictionary()


def kept_outcomes(app: Application, uow: UnitOfWork, evaluation: Evaluation) -> Arrays:
    """Return the outcome arrays of an evaluation; nobody may change them.

    Labels, predictions and groups that have no name are -1, which is no class and no group. Log-probabilities
    of all classes are not among them where losses are kept, see `deferred`.
    """
    store = _kept.setdefault(app.unit_of_work, _Kept())

    def read() -> Arrays:
        names = uow.evaluations.outcome_shapes(evaluation.id).keys() - NOT_COMPARED
        if LOSS in names:
            names -= {LOG_PROBABILITIES}
        return _within_names(uow.evaluations.outcomes(evaluation.id, names), evaluation)

    found = store.find(store.arrays, evaluation_key(evaluation), read)
    store.shrink()
    return found


def deferred(app: Application, uow: UnitOfWork, evaluation: Evaluation) -> Deferred | None:
    """Return log-probabilities of all classes, read when they are needed; None where they are not kept."""
    store = _kept.setdefault(app.unit_of_work, _Kept())
    shapes = store.find(
        store.results,
        ("shapes", evaluation_key(evaluation)),
        lambda: uow.evaluations.outcome_shapes(evaluation.id),
    )

    def read() -> Numbers:
        found = store.find(store.arrays, (evaluation_key(evaluation), LOG_PROBABILITIES), load)
        store.shrink()
        return found[LOG_PROBABILITIES]

    def load() -> Arrays:
        with app.unit_of_work() as later:
            return later.evaluations.outcomes(evaluation.id, {LOG_PROBABILITIES})

    return Deferred(shapes[LOG_PROBABILITIES], read) if LOG_PROBABILITIES in shapes else None


def _within_names(arrays: Arrays, evaluation: Evaluation) -> Arrays:
    """Return the arrays without indices beyond the names that were stored with them."""
    classes = len(evaluation.details.get("class_names", ()))
    slices = evaluation.details.get("slices", {})
    limits = dict.fromkeys((LABEL, PREDICTION), classes) if classes else {}
    limits |= {SLICE + name: len(each["values"]) for name, each in slices.items()}
    found = {name: np.asarray(arrays[name], np.int64) for name in limits if name in arrays}
    wrong = {
        name: np.where(codes < limits[name], codes, -1).astype(arrays[name].dtype)
        for name, codes in found.items()
        if bool((codes >= limits[name]).any())
    }
    return {**arrays, **wrong} if wrong else arrays


def kept(app: Application, key: Hashable, make: Callable[[], _T]) -> _T:
    """Return what `make` returned for this key, which names the evaluations that it depends on."""
    store = _kept.setdefault(app.unit_of_work, _Kept())
    found: _T = store.find(store.results, key, make)
    store.shrink()
    return found


def find_kept(app: Application, key: Hashable) -> object | None:
    """Return what is kept for this key; None where nothing is, and while it is being made."""
    store = _kept.setdefault(app.unit_of_work, _Kept())
    with store.lock:
        return store.results.get(key)


def evaluation_key(evaluation: Evaluation) -> Hashable:
    """Return what identifies an evaluation for ever: a database may give the id of a deleted one again."""
    return evaluation.id, evaluation.created_at


def size_bytes(arrays: Arrays) -> int:
    """Return about how much memory arrays take; long texts take more than their handles."""
    return sum(array.nbytes for array in arrays.values())

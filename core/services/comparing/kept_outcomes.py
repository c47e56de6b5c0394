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

from core.domain.evaluation import Arrays, Evaluation
from core.persistence.unit_of_work import UnitOfWork
from core.services.application import Application

MOST_BYTES = 192 << 20
MOST_RESULTS = 64
NOT_COMPARED = frozenset({"top_tokens"})
"""Arrays that no comparison reads."""

_T = TypeVar("_T")


@dataclass
class _Kept:
    lock: Lock = field(default_factory=Lock)
    arrays: OrderedDict[Hashable, Arrays] = field(default_factory=OrderedDict)
    results: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict)


_kept: WeakKeyDictionary[object, _Kept] = WeakKeyDictionary()


def kept_outcomes(app: Application, uow: UnitOfWork, evaluation: Evaluation) -> Arrays:
    """Return the outcome arrays of an evaluation; nobody may change them."""
    store, key = _kept.setdefault(app.unit_of_work, _Kept()), evaluation_key(evaluation)
    with store.lock:
        found = store.arrays.get(key)
        if found is not None:
            store.arrays.move_to_end(key)
            return found
    names = set(uow.evaluations.outcome_names(evaluation.id)) - NOT_COMPARED
    found = uow.evaluations.outcomes(evaluation.id, names)
    with store.lock:
        store.arrays[key] = found
        while len(store.arrays) > 1 and sum(map(size_bytes, store.arrays.values())) > MOST_BYTES:
            store.arrays.popitem(last=False)
    return found


def kept(app: Application, key: Hashable, make: Callable[[], _T]) -> _T:
    """Return what `make` returned for this key, which names the evaluations that it depends on."""
    store = _kept.setdefault(app.unit_of_work, _Kept())
    with store.lock:
        if key in store.results:
            store.results.move_to_end(key)
            found: _T = store.results[key]
            return found
    made = make()
    with store.lock:
        store.results[key] = made
        while len(store.results) > MOST_RESULTS:
            store.results.popitem(last=False)
    return made


def evaluation_key(evaluation: Evaluation) -> Hashable:
    """Return what identifies an evaluation for ever: a database may give the id of a deleted one again."""
    return evaluation.id, evaluation.created_at


def size_bytes(arrays: Arrays) -> int:
    """Return about how much memory arrays take; long texts take more than their handles."""
    return sum(array.nbytes for array in arrays.values())

"""Decoded outcomes of evaluations, kept while they are looked at: reading them again takes most of the time.

Outcomes of an evaluation never change, so nothing here can be out of date. What was used last stays, up to
`MOST_BYTES` per database.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from threading import Lock
from weakref import WeakKeyDictionary

from core.domain.evaluation import Arrays, Evaluation
from core.persistence.unit_of_work import UnitOfWork
from core.services.application import Application

MOST_BYTES = 192 << 20
NOT_COMPARED = frozenset({"top_tokens"})
"""Arrays that no comparison reads."""


@dataclass
class _Kept:
    lock: Lock = field(default_factory=Lock)
    arrays: OrderedDict[Hashable, Arrays] = field(default_factory=OrderedDict)

    def find(self, key: Hashable) -> Arrays | None:
        with self.lock:
            if key in self.arrays:
                self.arrays.move_to_end(key)
            return self.arrays.get(key)

    def put(self, key: Hashable, arrays: Arrays) -> None:
        with self.lock:
            self.arrays[key] = arrays
            while len(self.arrays) > 1 and sum(map(size_bytes, self.arrays.values())) > MOST_BYTES:
                self.arrays.popitem(last=False)


_kept: WeakKeyDictionary[object, _Kept] = WeakKeyDictionary()


def kept_outcomes(app: Application, uow: UnitOfWork, evaluation: Evaluation) -> Arrays:
    """Return the outcome arrays of an evaluation; nobody may change them."""
    kept = _kept.setdefault(app.unit_of_work, _Kept())
    key = (evaluation.id, evaluation.created_at)  # a database may give the id of a deleted one again
    found = kept.find(key)
    if found is None:
        names = set(uow.evaluations.outcome_names(evaluation.id)) - NOT_COMPARED
        found = uow.evaluations.outcomes(evaluation.id, names)
        kept.put(key, found)
    return found


def size_bytes(arrays: Arrays) -> int:
    """Return about how much memory arrays take; long texts take more than their handles."""
    return sum(array.nbytes for array in arrays.values())

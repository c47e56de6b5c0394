"""The stored outcomes of one model, in the form in which models are compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Numbers = NDArray[np.generic]


NO_ANSWER = "no answer"
"""In place of a prediction where a model puts out NaN or infinity."""


def named(prediction: object, class_names: Sequence[str]) -> str:
    """Return what people read for a prediction: the name of its class, or the text itself."""
    if class_names and isinstance(prediction, int):
        return class_names[prediction] if 0 <= prediction < len(class_names) else NO_ANSWER
    return str(prediction)


@dataclass(frozen=True, eq=False)
class Deferred:
    """An array that is read when it is needed, since it is large; its shape is known before."""

    shape: tuple[int, ...]
    read: Callable[[], Numbers]


def present(array: Numbers | Deferred) -> Numbers:
    """Return an array, which is read now if that was deferred."""
    return array.read() if isinstance(array, Deferred) else array


@dataclass(frozen=True, eq=False)
class Predictions:
    """The outcome of every instance of a split, all arrays with the instance as first axis.

    prediction: class index or text, `(instances,)`.
    correct: whether the prediction is right, `(instances,)`.
    log_probabilities: of every class in nats, `(instances, classes)`; None where they are not kept.
    confidence: probability of the prediction, `(instances,)`; None where it is not kept.
    loss: negative log-probability of the right answer in nats, `(instances,)`; None where it is not kept.
    reference: the right answer where answers are texts, `(instances,)`.
    calibration_error: as it was evaluated, from confidences in full precision; None where it was not.
    token_log_probabilities: of its tokens in nats, `(instances, tokens)`, NaN beyond the end of an answer.
    columns: further numbers of written answers by name, each `(instances,)`.
    """

    prediction: Numbers
    correct: Bools
    log_probabilities: Numbers | Deferred | None = None
    confidence: Numbers | None = None
    loss: Numbers | None = None
    reference: Numbers | None = None
    calibration_error: float | None = None
    token_log_probabilities: Numbers | None = None
    columns: Mapping[str, Numbers] = field(default_factory=dict)

    @property
    def instances(self) -> int:
        """How many instances there are."""
        return len(self.correct)

    def among(self, chosen: Bools) -> Predictions:
        """Return the outcomes of the chosen instances, `(instances,)`."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        arrays: dict[str, Any] = {
            name: one[chosen] for name, one in values.items() if isinstance(one, np.ndarray)
        }
        columns = {name: one[chosen] for name, one in self.columns.items()}
        kept = self.log_probabilities
        if isinstance(kept, Deferred):
            shape, read = (int(chosen.sum()), *kept.shape[1:]), kept.read
            arrays["log_probabilities"] = Deferred(shape, lambda: read()[chosen])
        return replace(self, calibration_error=None, columns=columns, **arrays)


@dataclass(frozen=True, eq=False)
class Grouping:
    """A column that divides the instances: classes, or a metadata column.

    values: name of each group. codes: index of the group of each instance, `(instances,)`.
    instances: where groups overlap or leave instances out, the instance that each code is of, `(codes,)`.
    picked: whether people chose the groups, perhaps after they saw the predictions.
    """

    name: str
    values: tuple[str, ...]
    codes: NDArray[np.integer]
    instances: NDArray[np.integer] | None = None
    picked: bool = False

    def members(self, index: int, instances: int) -> Bools:
        """Return which of so many instances are in a group, `(instances,)`."""
        inside: Bools = self.codes == index
        if self.instances is None:
            return inside
        found = np.zeros(instances, bool)
        found[self.instances[inside]] = True
        return found

    def value_at(self, instance: int) -> str | None:
        """Return the name of the only group that an instance is in; None where there is not exactly one."""
        places = [instance] if self.instances is None else np.flatnonzero(self.instances == instance)
        return self.values[int(self.codes[places[0]])] if len(places) == 1 else None

    def of(self, values: Bools) -> Bools:
        """Return a value per code from a value per instance."""
        return values if self.instances is None else values[self.instances]

    def without_nameless(self) -> Grouping:
        """Return the groups without the instances that are in none of them, whose code is -1."""
        known: Bools = self.codes >= 0
        return self if known.all() else self.among(known)

    def among(self, chosen: Bools) -> Grouping:
        """Return the groups without the instances that are not chosen, `(instances,)`."""
        instances = np.arange(len(self.codes)) if self.instances is None else self.instances
        inside = chosen[instances]
        return replace(self, codes=self.codes[inside], instances=instances[inside])

    def at(self, places: NDArray[np.intp]) -> Grouping:
        """Return the groups of a part of the instances; places: which each of them was, `(part,)`."""
        instances = np.arange(len(self.codes)) if self.instances is None else self.instances
        part = np.full(max(int(instances.max(initial=-1)), int(places.max(initial=-1))) + 1, -1, np.intp)
        part[places] = np.arange(len(places))
        inside = part[instances] >= 0
        return replace(self, codes=self.codes[inside], instances=part[instances[inside]])


@dataclass(frozen=True, eq=False)
class Split:
    """What all models were evaluated on: label of every instance, and how the instances divide into groups.

    labels: index of the right class, -1 where it is not known; None where answers are texts.
    """

    labels: NDArray[np.integer] | None
    class_names: tuple[str, ...]
    groupings: Mapping[str, Grouping] = field(default_factory=dict)

    @property
    def unlabelled(self) -> Bools | None:
        """Which instances have no right answer, `(instances,)`; None where all of them have one."""
        if self.labels is None:
            return None
        missing: Bools = self.labels < 0
        return missing if missing.any() else None

    @property
    def labelled(self) -> bool:
        """Whether the right answer of any instance is known, so that predictions can be right or wrong."""
        return self.labels is None or not len(self.labels) or bool((self.labels >= 0).any())

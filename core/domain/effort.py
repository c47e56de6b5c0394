"""How long runs will take, judged by those that ended: of the same technique, else of the same kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from core.domain.ids import ProjectId
from core.domain.recipe import Step
from core.domain.run import MAKING, RunKind

EPOCHS = "epochs"
"""The parameter that says how often a run passes over the training data, and so how long it takes."""
CERTAIN = 0.02
"""Progress from which a running run tells by itself how long it will take."""

_Key: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True)
class Effort:
    """What the duration of a run depends on.

    technique: that of the step; empty for runs without one. epochs: None where nothing learns.
    """

    project_id: ProjectId
    kind: RunKind
    technique: str = ""
    epochs: float | None = None

    @classmethod
    def of(
        cls, project_id: ProjectId, kind: RunKind, *, payload: Mapping[str, Any], step: Step | None
    ) -> Effort:
        """Return the effort of a run. step: that of its model."""
        if kind not in MAKING:
            return cls(project_id, kind)
        epochs = {**(step.parameters if step else {}), **payload}.get(EPOCHS)
        known = float(epochs) if isinstance(epochs, (int, float)) and epochs > 0 else None
        return cls(project_id, kind, step.technique if step else "", known)


@dataclass(frozen=True)
class Going:
    """A run that has not ended. elapsed_s: since it started; None if it has not."""

    effort: Effort
    progress: float = 0.0
    elapsed_s: float | None = None


class Durations:
    """What is known of durations, from runs that ended."""

    def __init__(self, ended: Iterable[tuple[Effort, float]]) -> None:
        """ended: efforts with the seconds that they took."""
        seconds: dict[_Key, list[float]] = defaultdict(list)
        for effort, took_s in ended:
            each = took_s / (effort.epochs or 1)
            for key in _keys(effort):
                seconds[key].append(each)
        self._means = {key: sum(values) / len(values) for key, values in seconds.items()}

    def expected_s(self, effort: Effort) -> float | None:
        """Return the mean of the runs most like this one, per epoch where it learns; None if none ended."""
        for key in _keys(effort):
            if key in self._means:
                return self._means[key] * (effort.epochs or 1)
        return None

    def left_s(self, going: Going) -> float | None:
        """Return the seconds that a run still needs; None as long as nothing can be said."""
        elapsed_s = going.elapsed_s
        if elapsed_s is not None and going.progress >= CERTAIN:
            return elapsed_s * (1.0 - going.progress) / going.progress
        expected_s = self.expected_s(going.effort)
        return None if expected_s is None else max(0.0, expected_s - (elapsed_s or 0.0))


def remaining_s(going: Sequence[Going], durations: Durations, *, slots: int) -> float | None:
    """Return about how long several runs take together; None if that is unknown for any of them.

    They are shared out evenly, but no slot is done before the longest of them.
    """
    left = [durations.left_s(one) for one in going]
    known = [seconds for seconds in left if seconds is not None]
    if len(known) < len(left):
        return None
    return max([sum(known) / max(1, slots), *known], default=0.0)


def _keys(effort: Effort) -> Iterator[_Key]:
    """Yield what to look under, the most alike first; an epoch is compared with other runs only at last."""
    learns = effort.epochs is not None
    alike: list[_Key] = [(effort.kind, effort.technique, learns), (effort.kind, learns), (learns,)]
    if learns:
        alike.remove((effort.kind, learns))  # a base model and a step learn at the same pace
    for scope in ((effort.project_id,), ()):
        for key in alike:
            yield (*scope, *key)
    yield ()

"""How long runs will take, judged by those that ended: of the same technique, else of the same kind.

Estimates are ranges, and nothing is estimated from runs that say little about it: how long a training takes
is known from trainings of the same project only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from core.domain.ids import ProjectId
from core.domain.queue.run import MAKING, RunKind
from core.domain.recipe import Step

EPOCHS = "epochs"
"""The parameter that says how often a run passes over the training data, and so how long it takes."""
LIMITS = ("max_steps", "instances")
"""Parameters that end a training early; only trainings with equal limits are compared."""
CERTAIN = 0.02
"""Progress from which a running run tells by itself how long it will take."""
FEW = 3
"""Ended runs whose shortest and longest are the range; that of fewer runs is widened by `WIDENING`."""
WIDENING = 1.5

_Key: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True)
class Span:
    """A duration that is known within limits, in seconds."""

    low_s: float
    high_s: float

    def __mul__(self, factor: float) -> Span:
        """Return the span so many times."""
        return Span(self.low_s * factor, self.high_s * factor)


@dataclass(frozen=True)
class Remaining:
    """How long several runs take together; `unknown` of them are not in the span, since nothing is known."""

    span: Span
    unknown: int = 0


@dataclass(frozen=True)
class DurationKey:
    """What the duration of a run depends on.

    technique: that of the step; empty for runs without one. device: `cpu` or `gpu`. epochs: None where
    nothing learns. limits: values of `LIMITS`, without those that are none.
    """

    project_id: ProjectId
    kind: RunKind
    technique: str = ""
    device: str = "cpu"
    epochs: float | None = None
    limits: tuple[tuple[str, float], ...] = ()

    @classmethod
    def of(
        cls,
        project_id: ProjectId,
        kind: RunKind,
        *,
        payload: Mapping[str, Any],
        step: Step | None,
        queue: str = "cpu",
    ) -> DurationKey:
        """Return the key of a run. step: that of its model."""
        device = queue.partition(".")[0]
        if kind not in MAKING:
            return cls(project_id, kind, device=device)
        given = {**(step.parameters if step else {}), **payload}
        known = _positive(given.get(EPOCHS))
        limits = {name: value for name in LIMITS if (value := _positive(given.get(name))) is not None}
        return cls(project_id, kind, step.technique if step else "", device, known, tuple(limits.items()))


@dataclass(frozen=True)
class ActiveRun:
    """A run that has not ended. elapsed_s: since it started; None if it has not."""

    duration_key: DurationKey
    progress: float = 0.0
    elapsed_s: float | None = None


class Durations:
    """What is known of durations, from runs that ended."""

    def __init__(self, ended: Iterable[tuple[DurationKey, float]]) -> None:
        """ended: keys of runs with the seconds that they took, the latest first."""
        seconds: dict[_Key, list[float]] = defaultdict(list)
        for duration_key, took_s in ended:
            each = took_s / (duration_key.epochs or 1)
            for key in _keys(duration_key):
                seconds[key].append(each)
        self._seconds = seconds
        self._spans = {key: _span(values) for key, values in seconds.items()}

    def expected(self, duration_key: DurationKey) -> Span | None:
        """Return how long the runs most like this one took, per epoch where it learns; None if none ended."""
        for key in _keys(duration_key):
            if key in self._spans:
                return self._spans[key] * (duration_key.epochs or 1)
        return None

    def alike(self, duration_key: DurationKey) -> tuple[float, ...]:
        """Return how long each of the runs most like this one took, the latest last, scaled to its epochs."""
        found = next((self._seconds[key] for key in _keys(duration_key) if key in self._seconds), [])
        return tuple(took_s * (duration_key.epochs or 1) for took_s in reversed(found))

    def left(self, active: ActiveRun) -> Span | None:
        """Return how long a run still needs; None as long as nothing can be said."""
        elapsed_s = active.elapsed_s
        if elapsed_s is not None and active.progress >= CERTAIN:
            return extrapolated(elapsed_s, active.progress)
        expected = self.expected(active.duration_key)
        if expected is None:
            return None
        done_s = elapsed_s or 0.0
        return Span(max(0.0, expected.low_s - done_s), max(0.0, expected.high_s - done_s))


def extrapolated(elapsed_s: float, progress: float) -> Span:
    """Return how long a run still needs at the pace so far; the less is done, the wider the range."""
    left_s = elapsed_s * (1.0 - progress) / progress
    doubt = 0.5 * (1.0 - progress)
    return Span(left_s * (1.0 - doubt), left_s * (1.0 + doubt))


def remaining(active: Sequence[ActiveRun], durations: Durations, *, slots: int) -> Remaining | None:
    """Return about how long several runs take together; None if nothing is known of any of them.

    They are shared out evenly, but no slot is done before the longest of them.
    """
    left = [durations.left(one) for one in active]
    known = [span for span in left if span is not None]
    if active and not known:
        return None
    lows, highs = [span.low_s for span in known], [span.high_s for span in known]
    return Remaining(Span(_shared(lows, slots), _shared(highs, slots)), len(left) - len(known))


def _shared(seconds: Sequence[float], slots: int) -> float:
    return max([sum(seconds) / max(1, slots), *seconds], default=0.0)


def _span(seconds: Sequence[float]) -> Span:
    widening = WIDENING if len(seconds) < FEW else 1.0
    return Span(min(seconds) / widening, max(seconds) * widening)


def _positive(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and value > 0 else None


def _keys(duration_key: DurationKey) -> Iterator[_Key]:
    """Yield what to look under, the most alike first."""
    scope = (duration_key.project_id, duration_key.device, duration_key.limits)
    learns = duration_key.epochs is not None
    yield (*scope, duration_key.kind, duration_key.technique, learns)
    if learns:
        yield (*scope, learns)  # a base model and a step learn at about the same pace
    else:
        yield (*scope, duration_key.kind, learns)

"""How long is left: what is compared with what, and how slots share the work."""

from __future__ import annotations

from typing import Any

import pytest

from core.domain.ids import ProjectId
from core.domain.queue.durations import ActiveRun, DurationKey, Durations, Remaining, Span, remaining
from core.domain.queue.run import RunKind
from core.domain.recipe import Step

HERE, ELSEWHERE = ProjectId(1), ProjectId(2)
PRUNE = DurationKey(HERE, RunKind.COMPRESS, "prune")
TUNE = DurationKey(HERE, RunKind.COMPRESS, "fine-tune", epochs=2)
SHORT = DurationKey(HERE, RunKind.COMPRESS, "fine-tune", epochs=2, limits=(("max_steps", 100.0),))
EVALUATE = DurationKey(HERE, RunKind.EVALUATE)


@pytest.mark.parametrize(
    ("ended", "wanted", "expected"),
    [
        ([], PRUNE, None),
        ([(PRUNE, 2.0), (PRUNE, 4.0), (PRUNE, 3.0)], PRUNE, (2.0, 4.0)),
        ([(PRUNE, 3.0)], PRUNE, (2.0, 4.5)),
        ([(PRUNE, 3.0), (DurationKey(HERE, RunKind.COMPRESS, "palettize"), 8.0)], PRUNE, (2.0, 4.5)),
        ([(DurationKey(HERE, RunKind.COMPRESS, "palettize"), 6.0), (EVALUATE, 1.0)], PRUNE, (4.0, 9.0)),
        ([(EVALUATE, 1.0), (TUNE, 60.0)], PRUNE, None),
        ([(TUNE, 60.0)], DurationKey(HERE, RunKind.COMPRESS, "fine-tune", epochs=10), (200.0, 450.0)),
        ([(DurationKey(HERE, RunKind.TRAIN, epochs=6), 900.0), (PRUNE, 1.0)], TUNE, (200.0, 450.0)),
        ([(PRUNE, 1.0), (EVALUATE, 1.0)], TUNE, None),
        ([(TUNE, 60.0)], SHORT, None),
        ([(TUNE, 60.0), (SHORT, 3.0)], SHORT, (2.0, 4.5)),
        ([(DurationKey(ELSEWHERE, RunKind.COMPRESS, "prune"), 50.0)], PRUNE, None),
        ([(DurationKey(ELSEWHERE, RunKind.COMPRESS, "fine-tune", epochs=2), 50.0)], TUNE, None),
    ],
    ids=[
        "nothing known",
        "shortest and longest",
        "wider where one is known",
        "same technique first",
        "same kind",
        "nothing of its kind",
        "per epoch",
        "training tells about tuning",
        "no training ended",
        "no training with its limits",
        "training with its limits",
        "other projects",
        "training on other data",
    ],
)
def test_a_run_is_compared_with_those_most_like_it(
    ended: list[tuple[DurationKey, float]], wanted: DurationKey, expected: tuple[float, float] | None
) -> None:
    found = Durations(ended).expected(wanted)
    assert (found and (found.low_s, found.high_s)) == (expected and pytest.approx(expected))


@pytest.mark.parametrize(
    ("progress", "elapsed_s", "left"),
    [
        (0.0, None, (8.0, 12.0)),
        (0.01, 4.0, (4.0, 8.0)),
        (0.0, 25.0, (0.0, 0.0)),
        (0.5, 30.0, (22.5, 37.5)),
        (0.9, 90.0, (9.5, 10.5)),
    ],
    ids=["waiting", "just begun", "longer than expected", "half way", "nearly done"],
)
def test_a_run_that_goes_tells_by_itself(
    progress: float, elapsed_s: float | None, left: tuple[float, float]
) -> None:
    durations = Durations([(PRUNE, 8.0), (PRUNE, 10.0), (PRUNE, 12.0)])
    found = durations.left(ActiveRun(PRUNE, progress, elapsed_s))
    assert found is not None
    assert (found.low_s, found.high_s) == pytest.approx(left)


def test_slots_share_the_work_but_not_a_single_run() -> None:
    durations = Durations([(PRUNE, 10.0)] * 3 + [(TUNE, 100.0)] * 3)
    assert remaining([ActiveRun(PRUNE)] * 6, durations, slots=3) == Remaining(Span(20.0, 20.0))
    assert remaining([ActiveRun(PRUNE), ActiveRun(TUNE)], durations, slots=8) == Remaining(Span(100.0, 100.0))
    assert remaining([ActiveRun(PRUNE)], durations, slots=0) == Remaining(Span(10.0, 10.0))
    assert remaining([], Durations([]), slots=2) == Remaining(Span(0.0, 0.0))


def test_runs_of_which_nothing_is_known_are_counted_and_not_guessed() -> None:
    waiting = [ActiveRun(EVALUATE)] * 17 + [ActiveRun(TUNE)] * 2
    durations = Durations([(EVALUATE, 4.0)] * 3)
    assert remaining(waiting, durations, slots=1) == Remaining(Span(68.0, 68.0), unknown=2)
    assert remaining(waiting, Durations([(PRUNE, 1.0)]), slots=1) is None


@pytest.mark.parametrize(
    ("kind", "parameters", "payload", "epochs"),
    [
        (RunKind.COMPRESS, {"epochs": 3}, {}, 3.0),
        (RunKind.TRAIN, None, {"epochs": 15}, 15.0),
        (RunKind.EVALUATE, {"epochs": 3}, {}, None),
        (RunKind.COMPRESS, {"epochs": "many"}, {}, None),
        (RunKind.COMPRESS, {"epochs": 0}, {}, None),
        (RunKind.COMPRESS, {"sparsity": 0.5}, {}, None),
    ],
    ids=["step", "training", "measured", "text", "none", "no epochs"],
)
def test_epochs_are_found(
    kind: RunKind, parameters: dict[str, Any] | None, payload: dict[str, Any], epochs: float | None
) -> None:
    step = None if parameters is None else Step("fine-tune", parameters)
    assert DurationKey.of(HERE, kind, payload=payload, step=step).epochs == epochs


def test_limits_of_a_training_are_found() -> None:
    step = Step("fine-tune", {"epochs": 3, "max_steps": 100, "instances": 0})
    found = DurationKey.of(HERE, RunKind.COMPRESS, payload={}, step=step)
    assert found.limits == (("max_steps", 100.0),)


def test_runs_like_it_are_those_of_the_same_device_the_latest_last() -> None:
    cpu, gpu = (DurationKey(ProjectId(1), RunKind.EVALUATE, device=device) for device in ("cpu", "gpu"))
    durations = Durations([(cpu, 3.0), (gpu, 0.5), (cpu, 4.0)])
    assert durations.alike(cpu) == (4.0, 3.0)
    assert durations.expected(gpu) == Span(0.5 / 1.5, 0.75)
    assert DurationKey.of(ProjectId(1), RunKind.EVALUATE, payload={}, step=None, queue="gpu.node.1") == gpu

"""How long is left: what is compared with what, and how slots share the work."""

from __future__ import annotations

from typing import Any

import pytest

from core.domain.effort import Durations, Effort, Going, remaining_s
from core.domain.ids import ProjectId
from core.domain.recipe import Step
from core.domain.run import RunKind

HERE, ELSEWHERE = ProjectId(1), ProjectId(2)
PRUNE = Effort(HERE, RunKind.COMPRESS, "prune")
TUNE = Effort(HERE, RunKind.COMPRESS, "fine-tune", epochs=2)
EVALUATE = Effort(HERE, RunKind.EVALUATE)


@pytest.mark.parametrize(
    ("ended", "wanted", "expected"),
    [
        ([], PRUNE, None),
        ([(PRUNE, 2.0), (PRUNE, 4.0)], PRUNE, 3.0),
        ([(PRUNE, 2.0), (Effort(HERE, RunKind.COMPRESS, "palettize"), 8.0)], PRUNE, 2.0),
        ([(Effort(HERE, RunKind.COMPRESS, "palettize"), 8.0), (EVALUATE, 1.0)], PRUNE, 8.0),
        ([(EVALUATE, 1.0), (TUNE, 60.0)], PRUNE, 1.0),
        ([(TUNE, 60.0)], PRUNE, 30.0),
        ([(TUNE, 60.0)], Effort(HERE, RunKind.COMPRESS, "fine-tune", epochs=10), 300.0),
        ([(Effort(HERE, RunKind.TRAIN, epochs=6), 600.0), (PRUNE, 1.0)], TUNE, 200.0),
        ([(PRUNE, 1.0)], TUNE, 2.0),
        ([(Effort(ELSEWHERE, RunKind.COMPRESS, "prune"), 50.0), (EVALUATE, 1.0)], PRUNE, 1.0),
        ([(Effort(ELSEWHERE, RunKind.COMPRESS, "prune"), 50.0)], PRUNE, 50.0),
    ],
    ids=[
        "nothing known",
        "mean",
        "same technique first",
        "same kind",
        "nothing that learns",
        "an epoch if nothing else",
        "per epoch",
        "training tells about tuning",
        "anything at last",
        "same project first",
        "other projects",
    ],
)
def test_a_run_is_compared_with_those_most_like_it(
    ended: list[tuple[Effort, float]], wanted: Effort, expected: float | None
) -> None:
    assert Durations(ended).expected_s(wanted) == expected


@pytest.mark.parametrize(
    ("progress", "elapsed_s", "left"),
    [(0.0, None, 10.0), (0.01, 4.0, 6.0), (0.0, 25.0, 0.0), (0.5, 30.0, 30.0)],
    ids=["waiting", "just begun", "longer than expected", "half way"],
)
def test_a_run_that_goes_tells_by_itself(progress: float, elapsed_s: float | None, left: float) -> None:
    assert Durations([(PRUNE, 10.0)]).left_s(Going(PRUNE, progress, elapsed_s)) == left


def test_slots_share_the_work_but_not_a_single_run() -> None:
    durations = Durations([(PRUNE, 10.0), (TUNE, 100.0)])
    assert remaining_s([Going(PRUNE)] * 6, durations, slots=3) == 20.0
    assert remaining_s([Going(PRUNE), Going(TUNE)], durations, slots=8) == 100.0
    assert remaining_s([Going(PRUNE)], durations, slots=0) == 10.0
    assert remaining_s([], Durations([]), slots=2) == 0.0
    assert remaining_s([Going(PRUNE), Going(TUNE, 0.5, 1.0)], Durations([]), slots=2) is None


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
    assert Effort.of(HERE, kind, payload=payload, step=step).epochs == epochs

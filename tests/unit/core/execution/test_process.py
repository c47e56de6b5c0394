"""Errors of runs in words, and the device that a queue stands for."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from core.domain.queue.run import RunError, RunStatus
from core.errors import Unavailable, UnusableInput
from core.execution import process
from core.execution.device.gpus import visible_gpus
from core.execution.process import described, device_of, patiently


def raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:  # noqa: BLE001 - with a traceback, as from a run
        return caught


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (UnusableInput("Too few classes.", "Choose others."), "unusable-input", "Too few classes."),
        (MemoryError(), "out-of-memory", "not enough memory"),
        (torch.OutOfMemoryError("CUDA out of memory"), "out-of-memory", "not enough memory"),
        (OSError(28, "No space left on device"), "os-error", "No space left on device"),
        (ZeroDivisionError("division by zero"), "unexpected", "ZeroDivisionError: division by zero"),
    ],
    ids=["expected", "memory", "gpu memory", "disk", "fault"],
)
def test_an_error_is_stored_with_message_hint_and_traceback(error: Exception, code: str, said: str) -> None:
    found = described(raised(error))
    assert found.code == code
    assert said in found.message
    assert found.hint
    assert type(error).__name__ in found.traceback


def test_what_was_computed_is_recorded_when_the_database_is_back() -> None:
    pauses: list[float] = []
    answers = iter([Unavailable("away"), Unavailable("away"), None])

    def record() -> None:
        if (trouble := next(answers)) is not None:
            raise trouble

    patiently(record, pauses_s=(1, 2, 4), sleep=pauses.append)
    assert pauses == [1, 2]


def test_a_database_that_stays_away_is_told_in_the_end() -> None:
    def record() -> None:
        raise Unavailable("away")

    with pytest.raises(Unavailable):
        patiently(record, pauses_s=(1, 2), sleep=lambda _: None)


def test_the_cpu_queue_computes_on_the_cpu() -> None:
    assert device_of("cpu") == torch.device("cpu")


def test_a_gpu_queue_on_a_machine_without_gpu_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UnusableInput, match="needs a GPU"):
        device_of("gpu")


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that sees GPUs 1 and 3 of its machine."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(process, "driver_gpus", lambda: (1, 3))


@pytest.mark.usefixtures("two_gpus")
@pytest.mark.parametrize(
    ("queue", "turn", "index"),
    [("gpu", 0, 0), ("gpu", 5, 1), ("gpu.node-3.1", 0, 0), ("gpu.node-3.3", 0, 1), ("gpu.node", 2, 0)],
)
def test_a_gpu_queue_names_its_device(queue: str, turn: int, index: int) -> None:
    assert device_of(queue, turn=turn) == torch.device("cuda", index)


@pytest.mark.usefixtures("two_gpus")
def test_a_gpu_that_the_worker_does_not_see_is_refused() -> None:
    with pytest.raises(UnusableInput, match="needs GPU 2, but its worker has only 1, 3"):
        device_of("gpu.node.2")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, (0, 1, 2, 3)),
        ({"CUDA_VISIBLE_DEVICES": ""}, ()),
        ({"CUDA_VISIBLE_DEVICES": "-1"}, ()),
        ({"CUDA_VISIBLE_DEVICES": "3, 1"}, (3, 1)),
        ({"CUDA_VISIBLE_DEVICES": "2,7,0"}, (2,)),
        ({"CUDA_VISIBLE_DEVICES": "GPU-11,GPU-22"}, (0, 1)),
    ],
    ids=["all", "none", "minus one", "two", "stops at a missing one", "by UUID"],
)
def test_the_environment_chooses_gpus(environment: dict[str, str], expected: tuple[int, ...]) -> None:
    assert visible_gpus(environment, 4) == expected


@pytest.mark.parametrize("end", [SystemExit(0), KeyboardInterrupt()], ids=["exit", "interrupt"])
def test_a_plug_in_that_would_end_the_process_ends_its_run_as_failed(
    end: BaseException, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    failed: list[RunError] = []

    def ending(*_: object) -> None:
        raise end

    place = SimpleNamespace(connection=SimpleNamespace(cache_dir=tmp_path))
    run = SimpleNamespace(id=7, attempt=1, status=RunStatus.RUNNING)
    monkeypatch.setattr(process.logs, "configure", lambda **_: None)
    monkeypatch.setattr(process.ProcessSetup, "from_json", lambda _: place)
    monkeypatch.setattr(process, "open_application", lambda _: SimpleNamespace(close=lambda: None))
    monkeypatch.setattr(process, "get_run", lambda *_: run)
    monkeypatch.setattr(process, "_perform", ending)
    monkeypatch.setattr(process.run_lifecycle, "fail", lambda _, run_id, attempt, error: failed.append(error))
    process.execute({}, 7, 1)
    assert [type(end).__name__ in error.message for error in failed] == [True]

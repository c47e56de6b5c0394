"""An idle worker looks once at data that nobody has seen; runs come first."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from core.domain.data.data_preview import DataPreview, DataSummary
from core.domain.project import Dataset
from core.execution.process_setup import ProcessSetup
from core.services.application import Application, Connection
from core.services.data_setup.data_preview import keep_preview, previews
from core.testing.fakes import open_migrated
from core.testing.laboratory import Laboratory
from workers.idle import data_previewer
from workers.idle.data_previewer import DataPreviewer
from workers.processes.wire import Exit, Job


@dataclass
class Playing:
    """A process that ends after so many glances at it, unless it is killed."""

    glances: int = 0
    ends: Exit = field(default_factory=lambda: Exit(code=0))
    signals: list[int] = field(default_factory=list)

    def wait(self, timeout_s: float | None = None) -> Exit | None:
        del timeout_s
        self.glances -= 1
        return self.ends if self.glances < 0 or self.signals else None

    def signal(self, number: signal.Signals) -> None:
        self.signals.append(number)


@dataclass
class PlayingStarter:
    """Starts nothing, and remembers what it was asked to start."""

    glances: int = 0
    ends: Exit = field(default_factory=lambda: Exit(code=0))
    jobs: list[Job] = field(default_factory=list)
    children: list[Playing] = field(default_factory=list)

    def launch(self, job: Job) -> Playing:
        self.jobs.append(job)
        self.children.append(Playing(self.glances, self.ends))
        return self.children[-1]

    @property
    def looked_at(self) -> list[int]:
        return [job.call.arguments[1] for job in self.jobs]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Application]:
    opened = open_migrated(f"sqlite:///{tmp_path / 'test.db'}", tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def two(app: Application) -> list[Dataset]:
    laboratory = Laboratory(app)
    laboratory.open()
    return [laboratory.project(name, name).datasets[0] for name in ("first", "second")]


Looking = Callable[..., DataPreviewer]


@pytest.fixture
def looking(app: Application, tmp_path: Path) -> Looking:
    connection = Connection(f"sqlite:///{tmp_path / 'test.db'}", "artifacts", tmp_path, tmp_path)

    def make(starter: PlayingStarter, idle: Callable[[], bool] = lambda: True) -> DataPreviewer:
        return DataPreviewer(app, starter, ProcessSetup(connection), log=tmp_path / "log", idle=idle)  # type: ignore[arg-type]

    return make


def test_every_data_set_is_looked_at_once_the_newest_first(looking: Looking, two: list[Dataset]) -> None:
    starter = PlayingStarter()
    look = looking(starter)
    look()
    look()
    assert starter.looked_at == [two[1].id, two[0].id]
    assert starter.jobs[0].call.target == "core.execution.data_preview:look"


def test_what_somebody_has_seen_is_left_alone_and_what_was_changed_is_new(
    app: Application, looking: Looking, two: list[Dataset]
) -> None:
    keep_preview(app, two[1], DataPreview(DataSummary("test", 1)), fingerprint="f")
    starter = PlayingStarter()
    look = looking(starter)
    look()
    assert starter.looked_at == [two[0].id]
    with app.unit_of_work(writing=True) as uow:
        uow.projects.set_dataset_parameters(two[1].id, {"size": 8})
        uow.commit()
    look()
    assert starter.looked_at == [two[0].id, two[1].id]


def test_a_busy_worker_does_not_look(looking: Looking, two: list[Dataset]) -> None:
    starter = PlayingStarter()
    looking(starter, lambda: False)()
    assert starter.jobs == []


def test_looking_ends_as_soon_as_there_is_a_run_and_begins_again_after_it(
    looking: Looking, two: list[Dataset]
) -> None:
    answers = iter([True, True, False])
    starter = PlayingStarter(glances=100)
    look = looking(starter, lambda: next(answers, True))
    look()
    assert [child.signals for child in starter.children] == [[signal.SIGKILL]]
    starter.glances = 0
    look()
    assert starter.looked_at == [two[1].id, two[1].id, two[0].id]


def test_looking_does_not_take_for_ever_and_is_not_tried_again(
    app: Application, looking: Looking, two: list[Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_previewer, "_LONGEST_S", -1.0)
    starter = PlayingStarter(glances=100)
    look = looking(starter)
    look()
    look()
    assert [child.signals for child in starter.children] == [[signal.SIGKILL]] * 2
    assert starter.looked_at == [two[1].id, two[0].id]
    assert "took longer than" in _failure(app, two[0])


def test_it_is_told_that_the_process_which_read_the_data_died(
    app: Application, looking: Looking, two: list[Dataset]
) -> None:
    looking(PlayingStarter(ends=Exit(signal=signal.SIGKILL)))()
    assert "was killed by SIGKILL" in _failure(app, two[1])


def test_data_that_are_changed_back_are_looked_at_once_more(
    app: Application, looking: Looking, two: list[Dataset]
) -> None:
    starter, other = PlayingStarter(), replace(two[1], parameters={"size": 8})
    look = looking(starter)
    for dataset in (two[1], other, two[1]):
        _set(app, dataset)
        look()
        keep_preview(app, dataset, DataPreview(DataSummary("test", 1)), fingerprint="f")
        look()
    assert starter.looked_at == [two[1].id, two[0].id, two[1].id, two[1].id]


def _set(app: Application, dataset: Dataset) -> None:
    with app.unit_of_work(writing=True) as uow:
        uow.projects.set_dataset_parameters(dataset.id, dataset.parameters)
        uow.commit()


def _failure(app: Application, dataset: Dataset) -> str:
    (preview,) = previews(app, dataset)
    return preview.summary.failure

"""Whatever run reads data first shows people what they look like; none fails for want of that."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from PIL import Image

from core.domain.data.data_preview import DataPreview
from core.domain.ids import WorkerId
from core.domain.project import Project
from core.domain.queue.run import RunStatus
from core.domain.queue.run_query import RunQuery
from core.errors import InvalidInput
from core.execution import process
from core.execution.data import preview_storage
from core.services.application import Application
from core.services.data_setup.data_preview import previews
from core.services.models.base_models import BaseModelRequest, Training, add_base_model
from core.services.projects.projects import DatasetRequest, ProjectRequest, create_project
from core.services.queue import run_lifecycle

COLOURS = {"cats": (200, 0, 0), "dogs": (0, 0, 200)}


@pytest.fixture
def project(app: Application, tmp_path: Path) -> Project:
    for split, count in (("train", 4), ("test", 2)):
        for label, colour in COLOURS.items():
            (tmp_path / split / label).mkdir(parents=True)
            for index in range(count):
                Image.new("RGB", (8, 8), colour).save(tmp_path / split / label / f"{index}.png")
    (tmp_path / "test" / "dogs" / "broken.png").write_bytes(b"none")
    data = DatasetRequest("pets", "image-folder", {"path": str(tmp_path), "size": 8})
    return create_project(app, ProjectRequest("Pets", "image-classification", (data,)))


def worked(app: Application, project: Project, *, classes: int = 2, trained: bool = False) -> set[RunStatus]:
    """Add a base model, do all that it takes, and return how its runs ended."""
    parameters = {"width": 4, "blocks": 1, "channels": 3, "classes": classes}
    training = Training(epochs=1) if trained else None
    add_base_model(app, BaseModelRequest(project.id, "CNN", "residual-cnn", parameters, training=training))
    while run := run_lifecycle.claim_next(app, WorkerId("here"), queues=("cpu",)):
        process._perform(app, run)
    with app.unit_of_work() as uow:
        return {run.status for run, *_ in uow.runs.list(RunQuery(project.id))}


def seen(app: Application, project: Project) -> list[DataPreview]:
    return previews(app, project.datasets[0])


def test_every_split_that_was_read_can_be_looked_at(app: Application, project: Project) -> None:
    assert seen(app, project) == []
    assert worked(app, project, trained=True) == {RunStatus.SUCCEEDED}
    test, train = (one.summary for one in seen(app, project))
    assert (test.split, test.instances, test.left_out) == ("test", 4, 1)
    assert test.problems[0].startswith("dogs/broken.png does not decode")
    assert (train.split, train.instances, train.left_out) == ("train", 8, 0)
    assert train.classes is not None
    assert train.classes.listed == (("cats", 4), ("dogs", 4))
    assert [one.label for one in seen(app, project)[0].examples] == ["cats"] * 2 + ["dogs"] * 2


def test_a_preview_is_made_once_and_anew_where_there_are_other_instances(
    app: Application, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    original = preview_storage.preview
    monkeypatch.setattr(
        preview_storage, "preview", lambda data, split: (made.append(split), original(data, split))[1]
    )
    worked(app, project)
    assert made == ["test"], "evaluation and profile read the same split"
    (tmp_path / "test" / "dogs" / "broken.png").unlink()
    Image.new("RGB", (8, 8)).save(tmp_path / "test" / "dogs" / "black.png")
    add_base_model(app, BaseModelRequest(project.id, "other", "residual-cnn", {"channels": 3, "classes": 2}))
    while run := run_lifecycle.claim_next(app, WorkerId("here"), queues=("cpu",)):
        process._perform(app, run)
    assert made == ["test", "test"]
    assert seen(app, project)[0].summary.instances == 5


def test_no_run_fails_for_want_of_a_preview(
    app: Application, project: Project, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("drawn badly")

    monkeypatch.setattr(preview_storage, "preview", fail)
    with caplog.at_level(logging.WARNING, preview_storage.__name__):
        assert worked(app, project) == {RunStatus.SUCCEEDED}
    assert seen(app, project) == []
    assert "There is no preview of these data" in [record.getMessage() for record in caplog.records]


def test_a_count_seen_in_the_data_is_asked_of_the_next_model(app: Application, project: Project) -> None:
    with pytest.raises(Exception, match="class"):
        worked(app, project, classes=7)
    assert len(seen(app, project)) == 1, "the run failed, but what it read can be seen"
    with pytest.raises(InvalidInput) as refused:
        worked(app, project, classes=8)
    (problem,) = refused.value.problems
    assert problem.field == "parameters.classes"
    assert problem.message == "The data have 2 classes, not 8."
    assert problem.hint == "Use 2."

"""Data are looked at before there is a model: what is in them, or why they cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.domain.project import Dataset
from core.execution.data_preview import look_at
from core.services.application import Application
from core.services.data_setup.data_preview import keep_preview, previews, unseen
from core.services.projects.projects import DatasetRequest, ProjectRequest, create_project

SAID = {"good": "positive", "bad": "negative", "fine": "positive"}


@pytest.fixture
def data(app: Application, tmp_path: Path) -> Dataset:
    for split in ("train", "test"):
        rows = "".join(f"{text},{label}\n" for text, label in SAID.items())
        (tmp_path / f"{split}.csv").write_text(f"text,label\n{rows}")
    wanted = DatasetRequest("reviews", "text-table", {"path": str(tmp_path), "label_column": "label"})
    return create_project(app, ProjectRequest("Reviews", "text-classification", (wanted,))).datasets[0]


def test_what_is_in_the_test_split_is_seen_without_any_model(app: Application, data: Dataset) -> None:
    look_at(app, int(data.id))
    (seen,) = previews(app, data)
    assert (seen.summary.split, seen.summary.instances) == ("test", 3)
    assert {one.text: one.label for one in seen.examples} == SAID
    assert unseen(app, "test") == []


def test_why_data_cannot_be_read_is_told_until_they_can(
    app: Application, data: Dataset, tmp_path: Path
) -> None:
    (tmp_path / "test.csv").rename(tmp_path / "other.csv")
    look_at(app, int(data.id))
    (failed,) = previews(app, data)
    assert failed.summary.failure.startswith(f"There is no file {tmp_path / 'test.csv'}.")
    assert "as the worker sees it" in failed.summary.failure
    (tmp_path / "other.csv").rename(tmp_path / "test.csv")
    look_at(app, int(data.id))
    assert previews(app, data)[0].summary.instances == 3


def test_nothing_is_read_that_somebody_has_seen_or_that_is_gone(
    app: Application, data: Dataset, tmp_path: Path
) -> None:
    look_at(app, int(data.id))
    (seen,) = previews(app, data)
    keep_preview(app, data, seen, fingerprint="kept")
    (tmp_path / "test.csv").unlink()
    look_at(app, int(data.id))
    look_at(app, 99)
    assert previews(app, data) == [seen]

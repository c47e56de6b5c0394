"""Both databases keep what splits look like, as long as the data set is what it was."""

import pytest
import sqlalchemy as sa
from alembic import command

from core.domain.data.data_preview import (
    ClassCounts,
    ColumnCounts,
    DataExample,
    DataPreview,
    DataSummary,
)
from core.domain.project import Dataset, Project
from core.persistence.database import create_engine
from core.persistence.schema import _config, upgrade
from core.services.application import Application
from core.services.data_setup.data_preview import keep_failure, keep_preview, previewed, previews, unseen
from core.services.projects import projects
from core.testing.laboratory import Laboratory

COUNTS = ClassCounts((("0 <b>", 3), ("1", 4)), 2, 0, ("1", 4), ("0 <b>", 3))
COLUMN = ColumnCounts("kind", (("who", 7),), 1)
SUMMARY = DataSummary("test", 7, 1, ("a.png does not decode",), COUNTS, (COLUMN,), 3)
PREVIEW = DataPreview(
    SUMMARY,
    (
        DataExample("a", "1", picture="data:image/png;base64,AAAA", pixels=(8, 9)),
        DataExample("b", text="who \N{GRINNING FACE}?", answers=("anna", "bob")),
    ),
)
OTHER = DataPreview(DataSummary("test", 8))
TRAIN = DataPreview(DataSummary("train", 100))

OLD = {
    "slug": "old", "name": "Old", "task": "image-classification", "description": "", "metrics": "[]",
    "primary_metrics": "[]", "budgets": "{}", "revision": 1, "created_at": "2026-01-31 12:00:00",
}  # fmt: skip


@pytest.fixture
def project(app: Application) -> Project:
    laboratory = Laboratory(app)
    laboratory.open()
    return laboratory.project()


@pytest.fixture
def data(project: Project) -> Dataset:
    return project.datasets[0]


def changed(app: Application, data: Dataset) -> Dataset:
    with app.unit_of_work(writing=True) as uow:
        uow.projects.set_dataset_parameters(data.id, {"size": 8})
        uow.commit()
    return projects.get_project(app, int(data.project_id)).datasets[0]


def test_previews_come_back_as_they_were_the_test_split_first(app: Application, data: Dataset) -> None:
    assert previews(app, data) == []
    keep_preview(app, data, TRAIN, fingerprint="t")
    keep_preview(app, data, PREVIEW, fingerprint="f")
    assert previews(app, data) == [PREVIEW, TRAIN]
    assert previewed(app, data) == {"test": "f", "train": "t"}
    with app.unit_of_work() as uow:
        assert uow.data_previews.summaries([data]) == [SUMMARY, TRAIN.summary]


def test_pages_learn_of_a_preview_and_the_newest_counts(app: Application, data: Dataset) -> None:
    before = projects.revision(app, data.project_id)
    keep_preview(app, data, PREVIEW, fingerprint="f")
    assert projects.revision(app, data.project_id) > before
    keep_preview(app, data, OTHER, fingerprint="g")
    assert previews(app, data) == [OTHER]


def test_changed_parameters_hide_the_preview_until_they_are_put_back(app: Application, data: Dataset) -> None:
    keep_preview(app, data, PREVIEW, fingerprint="f")
    now = changed(app, data)
    assert previews(app, now) == []
    assert previewed(app, now) == {}
    assert previews(app, data) == [PREVIEW]


def test_what_was_read_before_a_change_is_not_kept_after_it(app: Application, data: Dataset) -> None:
    now = changed(app, data)
    keep_preview(app, now, OTHER, fingerprint="g")
    keep_preview(app, data, PREVIEW, fingerprint="f")
    assert previews(app, now) == [OTHER]


def test_data_stay_unseen_until_somebody_could_read_them(app: Application, data: Dataset) -> None:
    assert unseen(app, "test") == [data]
    keep_failure(app, data, "test", "There is no file.")
    assert previews(app, data) == [DataPreview(DataSummary("test", 0, failure="There is no file."))]
    assert unseen(app, "test") == [data], "another worker may see the file"
    keep_preview(app, data, TRAIN, fingerprint="t")
    assert unseen(app, "test") == [data]
    keep_preview(app, data, PREVIEW, fingerprint="f")
    assert unseen(app, "test") == []
    keep_failure(app, data, "test", "There is no file.")
    assert previews(app, data) == [PREVIEW, TRAIN], "somebody could read it"
    assert unseen(app, "test") == []
    now = changed(app, data)
    assert unseen(app, "test") == [now]


def test_previews_go_with_their_data_set(app: Application, data: Dataset) -> None:
    keep_preview(app, data, PREVIEW, fingerprint="f")
    with app.unit_of_work.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM projects"))
        assert connection.execute(sa.text("SELECT count(*) FROM data_previews")).scalar() == 0


def test_a_database_of_the_schema_before_gets_the_table_and_keeps_what_it_has(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.connect() as connection, connection.begin():
        command.upgrade(_config(connection), "0003")
        connection.execute(sa.insert(sa.table("projects", *map(sa.column, OLD))), [OLD])
    assert upgrade(engine) is True
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT name FROM projects")).scalars().all() == ["Old"]
        assert connection.execute(sa.text("SELECT count(*) FROM data_previews")).scalar() == 0
    engine.dispose()

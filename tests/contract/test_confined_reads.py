"""A caller of one project reads nothing of another, whatever is asked, on both databases."""

import dataclasses
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from core.domain.access.caller import Caller, CallerKind, Role
from core.domain.ids import ProjectId
from core.domain.measurement.evaluation import LayerKind
from core.domain.model import Model
from core.errors import CompressCompareError, NotFound
from core.persistence.access.scope import inside
from core.persistence.tables.tables import Base
from core.persistence.unit_of_work import UnitOfWork
from core.services.application import Application
from core.services.experiments import lifecycle
from core.services.layers import layer_statistics
from core.services.measurements import protocol
from core.services.models import models
from core.services.projects import projects, saved_views
from core.services.queue import runs
from core.testing.laboratory import Laboratory
from core.testing.projects.project_fixtures import base, project

__all__ = ["base", "project"]


@pytest.fixture
def other(app: Application, laboratory: Laboratory, base: Model) -> Model:
    """A base model of another project than `base`; both are measured."""
    project = laboratory.project("Other", "other")
    found = laboratory.base(project)
    laboratory.sweep(projects.get_project(app, int(base.project_id)), base.id)
    laboratory.play(12)
    saved_views.save_view(app, saved_views.SavedViewRequest(project.id, "theirs", "x=size"))
    saved_views.save_view(app, saved_views.SavedViewRequest(base.project_id, "ours", "x=size"))
    return models.get_model(app, found.id).model


@pytest.fixture
def confined(app: Application, base: Model, other: Model) -> Application:
    """The application as whoever has a link to the project of `base` sees it."""
    caller = Caller("link 1", Role.VIEWER, CallerKind.LINK, base.project_id)
    return dataclasses.replace(app, who=lambda: caller)


def every_row(uow: UnitOfWork) -> Iterator[tuple[str, int]]:
    for mapper in Base.registry.mappers:
        query = sa.select(sa.func.count()).select_from(mapper.class_)
        yield mapper.class_.__tablename__, int(uow._session.scalar(query) or 0)


def test_each_table_shows_the_rows_of_one_project(
    app: Application, confined: Application, base: Model
) -> None:
    with app.unit_of_work() as uow:
        everything = dict(every_row(uow))
        expected = {
            mapper.class_.__tablename__: uow._session.execute(
                sa.select(sa.func.count())
                .select_from(mapper.class_.__table__)
                .where(inside(mapper.class_.__table__, int(base.project_id)))
            ).scalar_one()
            for mapper in Base.registry.mappers
        }
    with confined.unit_of_work() as uow:
        seen = dict(every_row(uow))
    for table in (
        "models",
        "runs",
        "evaluations",
        "outcome_arrays",
        "saved_views",
        "datasets",
        "model_edges",
    ):
        if table in seen:
            assert 0 < seen[table] < everything[table], table
            assert seen[table] == expected[table], table
    assert (everything["projects"], seen["projects"]) == (2, 1)
    assert seen["uploads"] == 0


def test_services_show_one_project(confined: Application, base: Model, other: Model) -> None:
    assert [project.id for project in projects.list_projects(confined)] == [base.project_id]
    with pytest.raises(CompressCompareError):
        projects.get_project(confined, "other")
    with pytest.raises(CompressCompareError):
        projects.get_project(confined, int(other.project_id))
    assert models.list_models(confined, other.project_id) == []
    assert len(models.list_models(confined, base.project_id)) > 1
    with pytest.raises(NotFound):
        models.get_model(confined, other.id)
    assert models.get_model(confined, base.id).evaluation is not None
    assert {row.run.project_id for row in runs.list_runs(confined)} == {base.project_id}
    assert sum(runs.queue_counts(confined).values()) == len(runs.list_runs(confined))
    assert other.making_run_id is not None
    for ask in (runs.get_run, runs.read_log):
        with pytest.raises(NotFound):
            ask(confined, other.making_run_id)
    with pytest.raises(NotFound):
        runs.log_tail(confined, other.making_run_id, most_bytes=100)
    assert layer_statistics.layer_statistics(confined, other.id, LayerKind.WEIGHTS) == {}
    assert saved_views.list_views(confined, other.project_id) == []
    assert [view.name for view in saved_views.list_views(confined, base.project_id)] == ["ours"]
    owners = {one.experiment.project_id for one in lifecycle.list_progress(confined)}
    assert owners == {base.project_id}
    assert protocol.profiled_under(confined, other.project_id) == []


def test_a_project_that_is_gone_shows_nothing(app: Application, other: Model) -> None:
    caller = Caller("guest", Role.GUEST, CallerKind.ACCOUNT, ProjectId(0))
    nobody = dataclasses.replace(app, who=lambda: caller)
    assert projects.list_projects(nobody) == []
    assert runs.list_runs(nobody) == []
    with pytest.raises(NotFound):
        models.get_model(nobody, other.id)

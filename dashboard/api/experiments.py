"""Experiments: what was submitted, and how far it is."""

from __future__ import annotations

from typing_extensions import TypedDict

from core.domain.ids import ExperimentId
from core.domain.queue.experiment_progress import ExperimentProgress
from core.services.application import Application
from core.services.experiments import lifecycle
from core.services.projects import projects
from core.services.rows.things import ExperimentRow, experiment_row
from dashboard.api.routes import Page, PageQuery, Routes, page
from dashboard.api.selecting import SearchState, search_state

routes = Routes("experiments")


class ExperimentState(TypedDict):
    """An experiment and how far it is. runs: how many there are of each status. made: models made so far.

    search: what it looks for and found so far, where it is a search.
    """

    experiment: ExperimentRow
    state: str
    progress: float
    made: int
    runs: dict[str, int]
    search: SearchState | None


@routes.get("/projects/{project}/experiments")
def list_experiments(app: Application, project: str, query: PageQuery) -> Page[ExperimentState]:
    """List the experiments of a project, oldest first."""
    found = projects.get_project(app, project)
    listed = lifecycle.list_progress(app, found.id)
    rows = [(int(one.experiment.id), state_row(one, found.slug)) for one in listed]
    return page(sorted(rows, key=lambda row: row[0]), query)


@routes.get("/experiments/{experiment}")
def get_experiment(app: Application, experiment: int) -> ExperimentState:
    """Show an experiment and how far it is."""
    found = lifecycle.get_progress(app, ExperimentId(experiment))
    return state_row(found, projects.get_project(app, int(found.experiment.project_id)).slug)


def state_row(found: ExperimentProgress, slug: str) -> ExperimentState:
    """Return an experiment with its progress as a row."""
    experiment = found.experiment
    return {
        "experiment": experiment_row(experiment, {int(experiment.project_id): slug}),
        "state": found.state.value,
        "progress": found.progress,
        "made": found.tally.made,
        "runs": {status.value: count for status, count in found.tally.runs.items()},
        "search": search_state(found),
    }

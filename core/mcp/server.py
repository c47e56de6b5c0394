"""Tools for assistants (Model Context Protocol): list, compare, preview and submit, with the caller's role.

https://modelcontextprotocol.io
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Annotated, Any, ParamSpec, TypeVar

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from core.domain.ids import ModelId
from core.domain.queue.experiment import ExperimentRequest
from core.errors import CompressCompareError
from core.persistence.tables.columns import storable
from core.services.application import Application
from core.services.comparison.metrics import compare_metrics
from core.services.comparison.summaries import compare
from core.services.experiments.experiments import needs_confirmation, plan, submit
from core.services.models.models import list_models
from core.services.projects.projects import get_project, list_projects
from core.services.queue.runs import queue_summary
from core.services.recipes.recipe_files import read_request
from core.services.rows.comparing import comparison_row, sentence_row
from core.services.rows.things import model_row, project_row, technique_row
from core.services.workers.workers import catalogue

P = ParamSpec("P")
T = TypeVar("T")
Slug = Annotated[str, Field(description="Short name of a project.")]
Recipes = Annotated[
    list[list[dict[str, Any]]],
    Field(
        description="Recipes, each a list of steps {technique, parameters}; a list of values for a parameter "
        "sweeps over them. list_techniques names techniques and parameters."
    ),
]
Bases = Annotated[list[int | str], Field(description="Ids or names of the models to start from.")]
_MOST = 200
_ABOUT = (
    "Compress and Compare keeps models that were compressed, how they descend from each other, and what they "
    "measure. Numbers without an interval may differ by chance; say so. submit_experiment changes nothing "
    "unless dry_run is false: show the preview to the person first."
)


def server(app: Application) -> MCPServer[Any]:
    """Return the server; each tool does what the caller of the application may do."""
    made: MCPServer[Any] = MCPServer("compress-and-compare", instructions=_ABOUT)
    for tool in (*_reading(app), *_submitting(app)):
        made.tool()(_answering(tool))
    return made


def _reading(app: Application) -> list[Callable[..., dict[str, Any]]]:
    def list_all_projects() -> dict[str, Any]:
        """List the projects."""
        return {"projects": [project_row(one) for one in list_projects(app)]}

    def list_techniques() -> dict[str, Any]:
        """List the compression techniques with the JSON Schema of their parameters."""
        return {"techniques": [technique_row(spec) for spec in catalogue(app).techniques]}

    def list_project_models(
        project: Slug, skip: Annotated[int, Field(ge=0, description="Models to leave out.")] = 0
    ) -> dict[str, Any]:
        """List models of a project, at most 200 at a time: step, parents, status and metrics."""
        found = get_project(app, project)
        listed = list_models(app, found.id)
        kept = ("id", "name", "parents", "step", "status", "metrics", "tags")
        rows = [model_row(one, found) for one in listed[skip : skip + _MOST]]
        return {
            "models": [{name: value for name, value in row.items() if name in kept} for row in rows],
            "total": len(listed),
        }

    def compare_models(
        models: Annotated[list[int], Field(description="Ids of 1 to 16 models of one project.")],
        baseline: Annotated[int | None, Field(description="Id; default: their nearest ancestor.")] = None,
    ) -> dict[str, Any]:
        """Compare models with a baseline: each metric's change, 95 % interval and verdict; one sentence."""
        ids = [ModelId(one) for one in models]
        against = None if baseline is None else ModelId(baseline)
        found: dict[str, Any] = {**comparison_row(compare_metrics(app, ids, against))}
        return {**found, "sentence": sentence_row(compare(app, ids))["sentence"]}

    def show_queue(project: Slug) -> dict[str, Any]:
        """Count the runs of a project by status."""
        summary = queue_summary(app, get_project(app, project).id)
        return {"counts": {status.value: count for status, count in summary.counts.items()}}

    return [list_all_projects, list_techniques, list_project_models, compare_models, show_queue]


def _submitting(app: Application) -> list[Callable[..., dict[str, Any]]]:
    def preview_experiment(project: Slug, base: Bases, recipes: Recipes) -> dict[str, Any]:
        """Say what submitting an experiment would make; nothing is changed."""
        return _preview(app, _request(app, project, base, recipes))

    def submit_experiment(
        project: Slug,
        base: Bases,
        recipes: Recipes,
        name: str = "",
        dry_run: Annotated[bool, Field(description="True: only say what would be made.")] = True,
    ) -> dict[str, Any]:
        """Queue an experiment if dry_run is false; by default only say what it would make."""
        wanted = _request(app, project, base, recipes, name)
        if dry_run:
            return {"dry_run": True, **_preview(app, wanted)}
        made = submit(app, wanted)
        told = {"experiment": int(made.experiment.id), "models": [int(one) for one in made.model_ids]}
        return {"dry_run": False, **told, "said": made.in_words()}

    return [preview_experiment, submit_experiment]


def _request(
    app: Application, project: str, base: list[int | str], recipes: list[list[dict[str, Any]]], name: str = ""
) -> ExperimentRequest:
    return read_request(app, {"project": project, "base": base, "recipes": recipes, "name": name})


def _preview(app: Application, wanted: ExperimentRequest) -> dict[str, Any]:
    found = plan(app, wanted)
    return {
        "new_models": found.new_models,
        "reused_models": found.reused_models,
        "runs": found.runs,
        "needs_confirmation_in_the_dashboard": needs_confirmation(app, found),
        "models": [one.name for one in found.models[:_MOST]],
    }


def _answering(tool: Callable[P, dict[str, Any]]) -> Callable[P, dict[str, Any]]:
    """Return the tool with expected errors in words, and numbers that JSON knows."""

    @functools.wraps(tool)
    def answer(*args: P.args, **kwargs: P.kwargs) -> dict[str, Any]:
        try:
            found: dict[str, Any] = storable(tool(*args, **kwargs))
        except CompressCompareError as error:
            raise ToolError(str(error)) from error
        return found

    return answer

"""Projects, and what workers offer."""

from __future__ import annotations

from typing_extensions import TypedDict

from core.services.application import Application
from core.services.projects import projects
from core.services.rows.figures import ProtocolRow, protocol_row
from core.services.rows.numbers import Number
from core.services.rows.things import (
    MetricRow,
    ProjectRow,
    TechniqueRow,
    metric_row,
    project_row,
    technique_row,
)
from core.services.workers import workers
from dashboard.api.routes import Page, PageQuery, Routes, page

routes = Routes("projects")


class ProjectDetails(TypedDict):
    """A project with its metrics, and the conditions that plain names of metrics stand for."""

    project: ProjectRow
    description: str
    metrics: list[MetricRow]
    budgets: dict[str, Number]
    protocol: ProtocolRow


@routes.get("/projects")
def list_projects(app: Application, query: PageQuery) -> Page[ProjectRow]:
    """List projects, oldest first."""
    return page([(int(one.id), project_row(one)) for one in projects.list_projects(app)], query)


@routes.get("/projects/{project}")
def get_project(app: Application, project: str) -> ProjectDetails:
    """Show a project with its metrics and its protocol."""
    found = projects.get_project(app, project)
    return {
        "project": project_row(found),
        "description": found.description,
        "metrics": [metric_row(metric) for metric in found.metrics],
        "budgets": dict(found.budgets),
        "protocol": protocol_row(found),
    }


@routes.get("/techniques")
def list_techniques(app: Application, query: PageQuery) -> Page[TechniqueRow]:
    """List the techniques that workers offer, with the JSON Schema of their parameters."""
    offered = workers.catalogue(app).techniques
    return page([(number, technique_row(spec)) for number, spec in enumerate(offered, start=1)], query)

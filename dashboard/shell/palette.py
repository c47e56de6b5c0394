"""What the command palette (Ctrl + K) finds, and the keys that `?` lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue

from core.domain.project import Project
from core.errors import CompressCompareError
from core.presentation.counts import counted
from core.services.application import Application
from core.services.experiments.experiments import list_experiments
from core.services.models.models import list_models
from core.services.projects import projects
from core.services.projects.saved_views import list_views
from dashboard.address import Address
from dashboard.components.ancestry import ancestors, full_name
from dashboard.errors import describe
from dashboard.live.encoding import written
from dashboard.view import ViewPlace, views_at

KEYS = {
    "Every page": {
        "Ctrl + K": "Go to a page, project, model, view or experiment, or do something",
        "?": "Show these keys",
        "Arrows, Enter": "Walk the cells of a table; press what is in one",
        "Tab": "Leave a table",
        "Esc": "Close what is open",
    },
    "Overview": {
        "/": "Search the map",
        "Arrows": "Walk the map, once it has the focus",
        "Enter, Shift + Enter": "Select the model; add it to the selection",
        "+, -": "Open or close what is below a model",
        "Esc": "Select nothing",
    },
    "Compare": {
        "Left, Right": "Previous or next instance, while one is enlarged",
        "Up, Down, Page Up, Page Down, Home, End": "Walk the modules in Layers",
        "Left, Right, Enter": "Close or open a module in Layers",
        "Space": "Tick a module in Layers",
    },
    "Queue": {"Enter": "Open the run of a row", "Esc": "Close it"},
    "New experiment": {"Ctrl + Enter": "Queue what is entered"},
}
"""What each key does, by page."""


@dataclass(frozen=True)
class Entry:
    """Something that the palette can go to. kind: a heading. about: what tells it from others of its name."""

    kind: str
    label: str
    href: str
    about: str = ""


def register(server: Flask, product: Application) -> None:
    """Add the address that lists what there is: `/palette?project=<short name>`."""

    def answer() -> ResponseReturnValue:
        slug = request.args.get("project", "")
        try:
            known = projects.list_projects(product)
            chosen = next((project for project in known if project.slug == slug), None)
            mark = f"{chosen.id}.{chosen.revision}" if chosen else "none"
            response = Response(mimetype="application/json")
            response.set_etag(f"{mark}.{'.'.join(str(project.id) for project in known)}")
            response.headers["Cache-Control"] = "private, no-cache"
            if request.if_none_match.contains(response.get_etag()[0] or ""):
                response.status_code = 304
                return response
            found = [asdict(entry) for entry in entries(product, known, chosen)]
        except CompressCompareError as error:
            return jsonify(error=describe(error)), 400
        response.data = written({"entries": found, "keys": KEYS})
        return response

    server.add_url_rule("/palette", "palette", answer)


def entries(product: Application, known: list[Project], chosen: Project | None) -> Iterator[Entry]:
    """Yield pages, projects, and what the chosen project holds."""
    slug = chosen.slug if chosen else None
    linked = views_at(ViewPlace.LINKED) if len(known) > 1 else []
    for view in (*views_at(ViewPlace.PAGE), *linked):
        yield Entry(
            "Pages", view.label, Address(view.name, None if view in linked else slug).href, view.question
        )
    for project in known:
        yield Entry("Projects", project.name, Address(project=project.slug).href, project.description)
    if chosen is None:
        return
    for saved in list_views(product, chosen.id):
        href = f"{Address(saved.page, chosen.slug).path}?{saved.query}"
        yield Entry("Saved views", saved.name, href, saved.note)
    for experiment in list_experiments(product, chosen.id):
        href = Address("queue", chosen.slug, {"experiment": str(experiment.id)}).href
        about = counted(experiment.models, "model")
        yield Entry("Experiments", experiment.name or f"Experiment {experiment.id}", href, about)
    models = list_models(product, chosen.id)
    names = ancestors(models)
    for model in models:
        href = Address("overview", chosen.slug, {"selected": str(model.id)}).href
        yield Entry("Models", full_name(model, names[model.id]), href, f"model {model.id}")

"""New plug-ins in forms that are open: lists are made again when workers publish another catalogue."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from core.domain.catalogue import Catalogue
from core.services.application import Application
from core.services.data_setup.data_preview import summaries
from core.services.models import models
from core.services.projects import projects
from core.services.workers import workers
from dashboard.components.form.carrying import Id, carried
from dashboard.ids import ShellIds
from dashboard.views.models.additions.forms import base_form, form, source_options, task_options
from dashboard.views.models.additions.project_callbacks import offered_data
from dashboard.views.models.additions.suitable_sources import suited_sources
from dashboard.views.models.ids import Ids, PatternIds


def register(app: Dash, product: Application) -> None:
    """Wire the looks of the browser, see `looking_again.js`; what people have entered stays."""

    @app.callback(
        output={
            "sources": Output(Ids.BASE_SOURCE, "data"),
            "fields": Output(Ids.BASE_FIELDS, "children", allow_duplicate=True),
            "mark": Output(Ids.BASE_OFFERED, "data"),
        },
        inputs={
            "looked": Input(Ids.BASE_LOOKED, "title"),
            "offered": State(Ids.BASE_OFFERED, "data"),
            "source": State(Ids.BASE_SOURCE, "value"),
            "shown": State(Ids.BASE_FIELDS, "children"),
            "slug": State(ShellIds.PROJECT, "data"),
        },
        prevent_initial_call=True,
    )
    def _base(*, offered: str, source: str | None, shown: Any, slug: str, **_: Any) -> dict[str, Any]:
        catalogue, mark = _news(product, offered)
        project = projects.get_project(product, slug)
        made, seen = models.list_models(product, project.id), summaries(product, project)
        found = {spec.name: spec for spec in suited_sources(catalogue, project, made, seen)}
        spec = found.get(source or "")
        fields = carried(base_form(spec, slug), shown, _every) if spec else no_update
        return {"sources": source_options(list(found.values())), "fields": fields, "mark": mark}

    @app.callback(
        output={
            "tasks": Output(Ids.NEW_TASK, "data"),
            "sources": Output(Ids.NEW_SOURCE, "data", allow_duplicate=True),
            "fields": Output(Ids.NEW_FIELDS, "children", allow_duplicate=True),
            "mark": Output(Ids.NEW_OFFERED, "data"),
        },
        inputs={
            "looked": Input(Ids.NEW_LOOKED, "title"),
            "offered": State(Ids.NEW_OFFERED, "data"),
            "task": State(Ids.NEW_TASK, "value"),
            "every": State(Ids.NEW_EVERY, "checked"),
            "source": State(Ids.NEW_SOURCE, "value"),
            "shown": State(Ids.NEW_FIELDS, "children"),
        },
        prevent_initial_call=True,
    )
    def _new(*, offered: str, source: str | None, shown: Any, **held: Any) -> dict[str, Any]:
        catalogue, mark = _news(product, offered)
        options, _ = offered_data(catalogue, held["task"] or "", source, every=held["every"])
        spec = next((spec for spec in catalogue.data_sources if spec.name == source), None)
        fields = carried(form(spec.parameters, PatternIds.DATASET), shown, _every) if spec else no_update
        return {"tasks": task_options(catalogue), "sources": options, "fields": fields, "mark": mark}


def _news(product: Application, offered: str) -> tuple[Catalogue, str]:
    """Return the catalogue and its mark if it is not the one that the form was made from."""
    catalogue = workers.catalogue(product)
    mark = workers.catalogue_mark(catalogue)
    if mark == offered:
        raise PreventUpdate
    return catalogue, mark


def _every(identity: Id) -> bool:
    return bool(identity)

"""Opening the drawer: from the header, or from a model with "queue from here"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from core.domain.catalogue import Catalogue, Worker
from core.domain.ids import ProjectId
from core.domain.model import Model
from core.domain.project import Project
from core.services.application import Application
from core.services.models import models
from core.services.projects import projects
from core.services.workers import workers
from dashboard.ids import ShellIds
from dashboard.views.new_experiment.choices import device_options, model_options, notice, project_options
from dashboard.views.new_experiment.editor import editor
from dashboard.views.new_experiment.entries.inputs import RECIPE_STATES, States, draft_of
from dashboard.views.new_experiment.entries.prefill import written
from dashboard.views.new_experiment.ids import Ids

OFFERED = "data-techniques"
"""Attribute of the editor: what it was drawn with, to draw it anew when techniques or models change."""
UNMADE = "data-unmade"
"""Attribute of the choice of base models: how many of them were not made when it was filled."""


def register(app: Dash, product: Application) -> None:
    """Wire the two doors, the choice of a project, and workers and models that come while it is open."""
    _follow_models(app, product)
    _follow_workers(app, product)

    @app.callback(
        output={
            "opened": Output(Ids.DRAWER, "opened"),
            "projects": Output(Ids.PROJECT, "data"),
            "project": Output(Ids.PROJECT, "value"),
            "models": Output(Ids.BASES, "data"),
            "bases": Output(Ids.BASES, "value"),
            "offer": _offer_outputs(),
        },
        inputs={
            "clicks": Input(ShellIds.NEW_EXPERIMENT, "n_clicks"),
            "wanted": Input(ShellIds.QUEUE_FROM, "data"),
            # an input that is an output too: a callback's own writing does not call it again
            "project": Input(Ids.PROJECT, "value"),
            "slug": State(ShellIds.PROJECT, "data"),
            "bases": State(Ids.BASES, "value"),
            "recipe": {**RECIPE_STATES, "offered": State(Ids.EDITOR, OFFERED)},
        },
        prevent_initial_call=True,
    )
    def _open(**states: Any) -> dict[str, Any]:
        if not (states["clicks"] or states["wanted"]):
            raise PreventUpdate
        known = projects.list_projects(product)
        slug = None if ctx.triggered_id == Ids.PROJECT else states["slug"]
        project = project_at(known, slug, states["project"])
        found = models_of(product, project)
        from_model = ctx.triggered_id == ShellIds.QUEUE_FROM
        chosen = states["wanted"].get("model_ids", ()) if from_model else states["bases"]
        catalogue = workers.catalogue(product)
        return {
            "opened": True,
            "projects": project_options(known),
            "project": project,
            "models": model_options(found, catalogue),
            "bases": present(chosen or (), found) or only_base(found),
            "offer": _offer(product, catalogue, states["recipe"], found, wanted=_recipe(states, from_model)),
        }


def _follow_workers(app: Dash, product: Application) -> None:
    """Offer what workers and plug-ins that come while the drawer is open can do."""
    app.clientside_callback(
        ClientsideFunction("newExperiment", "workersNoticed"),
        Output(Ids.WORKERS, "data"),
        Input(ShellIds.LIVE_WORKERS, "data"),
        State(Ids.DRAWER, "opened"),
        State(Ids.NOTICE, "children"),
        prevent_initial_call=True,
    )

    @app.callback(
        output=_offer_outputs(duplicate=True),
        inputs={
            "workers": Input(Ids.WORKERS, "data"),
            "looked": Input(Ids.LOOKED, "title"),
            "opened": State(Ids.DRAWER, "opened"),
            "project": State(Ids.PROJECT, "value"),
            "recipe": {**RECIPE_STATES, "offered": State(Ids.EDITOR, OFFERED)},
        },
        prevent_initial_call=True,
    )
    def _offer_again(*, opened: bool, project: str | None, recipe: States, **_: Any) -> dict[str, Any]:
        if not opened:
            raise PreventUpdate
        return _offer(product, workers.catalogue(product), recipe, models_of(product, project))


def _follow_models(app: Dash, product: Application) -> None:
    """Keep what is said of models that are still being made true while the drawer is open."""

    @app.callback(
        Output(Ids.BASES, "data", allow_duplicate=True),
        Output(Ids.BASES, UNMADE),
        Input(ShellIds.REVISION, "data"),
        State(Ids.DRAWER, "opened"),
        State(Ids.PROJECT, "value"),
        State(Ids.BASES, UNMADE),
        prevent_initial_call=True,
    )
    def _follow(_revision: Any, opened: bool, project: str | None, before: str | None) -> tuple[Any, str]:
        if not opened:
            raise PreventUpdate
        found = models_of(product, project)
        unmade = f"{sum(not model.ready for model in found)} of {len(found)} in {project}"
        if unmade == before:
            raise PreventUpdate
        return model_options(found, workers.catalogue(product)), unmade


def _recipe(states: Mapping[str, Any], from_model: bool) -> Sequence[Mapping[str, Any]]:
    return (states["wanted"] or {}).get("recipe") or () if from_model else ()


def project_at(known: Sequence[Project], slug: str | None, chosen: str | None) -> str | None:
    """Return the id of the project of the page, else of the one chosen before, else of the first."""
    at_page = next((str(project.id) for project in known if project.slug == slug), None)
    return at_page or chosen or (str(known[0].id) if known else None)


def present(chosen: Iterable[int | str], found: Iterable[Model]) -> list[str]:
    """Return those of the chosen models that are there, as values of the select."""
    ids = {str(model.id) for model in found}
    return [str(value) for value in chosen if str(value) in ids]


def only_base(found: Iterable[Model]) -> list[str]:
    """Return a project's base model if it has just one that work can start from."""
    bases = [str(model.id) for model in found if model.parent_id is None and model.making_run_id is not None]
    return bases if len(bases) == 1 else []


def _offer_outputs(*, duplicate: bool = False) -> dict[str, Output]:
    return {
        "devices": Output(Ids.QUEUE, "data", allow_duplicate=duplicate),
        "notice": Output(Ids.NOTICE, "children", allow_duplicate=duplicate),
        "editor": Output(Ids.EDITOR, "children", allow_duplicate=duplicate),
        "offered": Output(Ids.EDITOR, OFFERED, allow_duplicate=duplicate),
        "draft": Output(Ids.DRAFT, "data", allow_duplicate=duplicate),
    }


def _offer(
    product: Application,
    catalogue: Catalogue,
    recipe: States,
    found: Sequence[Model],
    *,
    wanted: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return what fills the drawer; the recipe that is wanted takes the place of what was entered."""
    live = live_workers(product)
    offer = {"devices": device_options(live), "notice": notice(live)}
    mark = workers.catalogue_mark(catalogue)
    offered = f"{mark} of {found[0].project_id if found else 0} with {len(found)}"
    if wanted:
        draft = written(wanted, catalogue)
        return {
            **offer,
            "editor": editor(draft, catalogue, found),
            "offered": offered,
            "draft": draft.to_json(),
        }
    if recipe["offered"] == offered:  # what is drawn keeps its focus and what was entered
        return {**offer, "editor": no_update, "offered": no_update, "draft": no_update}
    draft = draft_of(recipe)
    return {**offer, "editor": editor(draft, catalogue, found), "offered": offered, "draft": draft.to_json()}


def models_of(product: Application, project: str | None) -> list[Model]:
    """Return the models of the project chosen, none without one."""
    return models.list_models(product, ProjectId(int(project))) if project else []


def live_workers(product: Application) -> list[Worker]:
    """Return the workers that are connected now."""
    now, silence_s = product.clock.now(), product.limits.worker_silence_s
    every = workers.list_workers(product)
    return [worker for worker in every if workers.is_live(worker, now=now, silence_s=silence_s)]

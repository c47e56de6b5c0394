"""The data of a project: what they are and where they lie, beside what is in them."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from core.domain.catalogue import Catalogue
from core.domain.project import LOGGED, Dataset, Project
from core.services.application import Application
from core.services.data_setup.data_preview import previewed, previews
from core.services.projects import projects
from dashboard.ids import ShellIds
from dashboard.views.models.data.data_card import data_card
from dashboard.views.models.data.data_seen import data_seen
from dashboard.views.models.data.data_sets import data_sets_card
from dashboard.views.models.ids import Ids
from dashboard.views.models.protocol.protocol_card import protocol_card


def data_page(product: Application, project: Project, catalogue: Catalogue) -> Component:
    """Return the card of the data and, where there are any, what was seen of them."""
    cards = data_cards(product, project, catalogue)
    card = html.Div(cards, id=Ids.DATA_CARDS, className="data-cards")
    if not _readable(project):
        return html.Div(card, className="data-page")
    seen = html.Div(_seen(product, project), id=Ids.SEEN, className="data-seen")
    mark = dcc.Store(id=Ids.SEEN_MARK, data=_mark(product, project))
    return html.Div([card, seen, mark], className="data-page")


def data_cards(product: Application, project: Project, catalogue: Catalogue) -> list[Component]:
    """Return what the data are, which figures stand for them, and how to change the data sets."""
    cards = [data_card(product, project, catalogue), protocol_card(product, project)]
    return [*cards, *data_sets_card(project, catalogue)]


def register(app: Dash, product: Application) -> None:
    """Wire the refreshing: previews go when the data are changed, and come as soon as they were read."""

    @app.callback(
        Output(Ids.SEEN, "children"),
        Output(Ids.SEEN_MARK, "data"),
        Input(ShellIds.REVISION, "data"),
        Input(Ids.ACTED, "data"),
        State(Ids.SEEN_MARK, "data"),
        State(ShellIds.PROJECT, "data"),
        prevent_initial_call=True,
    )
    def _refresh(_revision: Any, _acted: Any, shown: Any, slug: str | None) -> tuple[list[Component], Any]:
        if slug is None:
            raise PreventUpdate
        project = projects.get_project(product, slug)
        mark = _mark(product, project)
        if mark == shown:
            raise PreventUpdate
        return _seen(product, project), mark


def _readable(project: Project) -> list[Dataset]:
    return [dataset for dataset in project.datasets if dataset.source != LOGGED]


def _seen(product: Application, project: Project) -> list[Component]:
    readable = _readable(project)
    several = len(readable) > 1
    return [
        card
        for dataset in readable
        for card in data_seen(previews(product, dataset), of=f" of {dataset.name}" if several else "")
    ]


def _mark(product: Application, project: Project) -> dict[str, Any]:
    return {str(dataset.id): previewed(product, dataset) for dataset in project.datasets}

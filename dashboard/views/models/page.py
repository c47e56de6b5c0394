"""What the page looks like as it opens: tabs with the models, the metrics, and the ways to add."""

from __future__ import annotations

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from core.domain.project import Project
from core.services.application import Application
from core.services.data_setup.data_preview import summaries
from core.services.projects import projects
from core.services.workers import workers
from dashboard.components.table_files import further_formats
from dashboard.projects import snapshot
from dashboard.views.models.additions.forms import adding
from dashboard.views.models.address import Show, State, Tab
from dashboard.views.models.data.data_page import data_page
from dashboard.views.models.grid.dialogs import dialogs
from dashboard.views.models.grid.grid import grid
from dashboard.views.models.ids import Ids
from dashboard.views.models.settings.metric_table import settings


def page(product: Application, project: Project | None, state: State) -> list[Component]:
    """Return the page of a project; without one, only the ways to start one."""
    catalogue = workers.catalogue(product)
    if project is None:
        first = not projects.list_projects(product)
        start = [html.P("There is no project yet. Start with one of these.", className="models-hint")]
        content = [*(start if first else []), *adding(catalogue, None)]
        return [html.Div(content, className="models-body scrolling")]
    made = snapshot.read(product, project.slug).models
    tabs: list[tuple[Tab, str, Sequence[Component]]] = [
        (Tab.MODELS, "Models", _models(project, state)),
        (Tab.DATA, "Data", [data_page(product, project, catalogue)]),
        (Tab.METRICS, "Metrics & project", [html.Div(settings(project), id=Ids.SETTINGS)]),
        (Tab.ADD, "Add", adding(catalogue, project, made, summaries(product, project))),
    ]
    return [
        dcc.Store(id=Ids.MARK),
        dcc.Store(id=Ids.CHANGES),
        dcc.Store(id=Ids.ACTED),
        dcc.Store(id=Ids.COUNTED),
        dcc.Store(id=Ids.STAR),
        dcc.Store(id=Ids.LISTED),
        dcc.Download(id=Ids.CSV_FILE),
        dmc.Tabs(
            [
                dmc.TabsList([dmc.TabsTab(label, value=tab.value) for tab, label, _ in tabs]),
                *(
                    dmc.TabsPanel(
                        content,
                        value=tab.value,
                        className="models-body" if tab is Tab.MODELS else "models-body scrolling",
                    )
                    for tab, _, content in tabs
                ),
            ],
            id=Ids.TABS,
            value=state.tab.value,
            className="models-tabs",
        ),
        *dialogs(),
    ]


def _models(project: Project, state: State) -> list[Component]:
    return [
        _toolbar(state),
        html.Div(grid(project.leading_metrics, state.text), className="models-grid-frame"),
    ]


def _toolbar(state: State) -> Component:
    shows = [{"value": show.value, "label": show.value.capitalize()} for show in Show]
    deleted, archived = state.show is Show.DELETED, state.show is Show.ARCHIVED
    actions = [
        _action("Tags\N{HORIZONTAL ELLIPSIS}", Ids.TAG, shown=True),
        _action("Archive", Ids.ARCHIVE, shown=not archived and not deleted),
        _action("Unarchive", Ids.UNARCHIVE, shown=archived),
        _action("Delete", Ids.DELETE, shown=not deleted),
        _action("Restore", Ids.RESTORE, shown=deleted),
    ]
    return html.Div(
        [
            dmc.SegmentedControl(id=Ids.SHOW, data=shows, value=state.show.value, **_named("Which models")),
            dmc.TextInput(
                id=Ids.TEXT, value=state.text, placeholder="Search name, recipe, tag, note", w=250,
                **_named("Search"),
            ),
            html.Span(id=Ids.COUNT, className="models-count", role="status"),
            html.Div(className="shell-space"),
            *actions,
            dmc.Button("Download CSV", id=Ids.CSV, variant="default"),
            *further_formats(Ids.JSON, Ids.PARQUET, size="xs"),
        ],
        className="models-toolbar",
    )  # fmt: skip


def _action(text: str, identity: Ids, *, shown: bool) -> Component:
    """Return a button for the ticked models; `assets/models/models.js` decides when it shows."""
    style = {} if shown else {"display": "none"}
    return dmc.Button(text, id=identity, variant="default", disabled=True, style=style)


def _named(label: str) -> dict[str, str]:
    return {"aria-label": label}

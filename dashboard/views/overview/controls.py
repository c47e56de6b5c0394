"""Controls that choose a metric."""

from __future__ import annotations

from collections.abc import Mapping

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from core.domain.metric import Group, MetricDefinition
from core.domain.project import Project
from dashboard.views.overview.ids import Ids
from dashboard.views.overview.state import PLAIN

_NONE: Mapping[str, str] = {}


def metric_options(metrics: tuple[MetricDefinition, ...]) -> list[dict[str, object]]:
    """Return metrics grouped as a Select shows them."""
    return [
        {
            "group": group.value.capitalize(),
            "items": [{"value": m.name, "label": m.label} for m in metrics if m.group is group],
        }
        for group in Group
        if any(m.group is group for m in metrics)
    ]


def metric_select(  # noqa: PLR0913  (called by name)
    identity: Ids,
    label: str,
    project: Project,
    value: str,
    *,
    plain: str = "",
    kinds: Mapping[str, str] = _NONE,
) -> Component:
    """Return a labelled choice of a metric; `plain` is the text of the choice of none, if there is one.

    kinds: what else can be chosen, with what it is called.
    """
    options = metric_options(project.metrics)
    if kinds:
        options.append({"group": "Kinds", "items": [{"value": one, "label": kinds[one]} for one in kinds]})
    if plain:
        options.append({"value": PLAIN, "label": plain})
    select = dmc.Select(
        id=identity,
        data=options,
        value=value,
        allowDeselect=False,
        searchable=len(project.metrics) > 8,
        w=170,
        comboboxProps={"width": 230, "position": "bottom-start"},
        className="ov-select",
        **{"aria-label": label},
    )
    return html.Label([html.Span(label, className="ov-label"), select], className="ov-control")

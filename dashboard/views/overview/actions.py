"""Buttons that act on models; `assets/overview/map/actions.js` carries them out in the browser."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from core.domain.ids import ModelId
from dashboard.address import Address, write_ids
from dashboard.view import ViewPlace, views_at

COMPARING = "compare"
"""Views whose names start so compare the models that `selected` in their address names."""


def queue_from(model_ids: Sequence[ModelId]) -> Component:
    """Return the button that opens the new-experiment drawer with these models as bases."""
    return dmc.Button("Queue from here", variant="light", **{"data-queue-from": _joined(model_ids)})


def selecting(text: str, model_ids: Iterable[ModelId], *, title: str) -> Component:
    """Return a chip that selects the models."""
    button = html.Button(text, type="button", className="ov-chip", title=title)
    setattr(button, "data-select", _joined(model_ids))
    return button


def compare_links(slug: str, model_ids: Sequence[ModelId]) -> list[Component]:
    """Return a link to each page that compares models; none while there is no such page."""
    state = {"selected": write_ids(model_ids)}
    several = f" {len(model_ids)} models" if len(model_ids) > 1 else ""
    return [
        dcc.Link(f"{view.label}{several}", href=Address(view.name, slug, state).href, className="ov-compare")
        for view in views_at(ViewPlace.PAGE)
        if view.name.startswith(COMPARING)
    ]


def _joined(model_ids: Iterable[ModelId]) -> str:
    return ".".join(str(model_id) for model_id in dict.fromkeys(model_ids))

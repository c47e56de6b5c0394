"""What the Overview says where there is nothing to see: why, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence, Set

from dash import dcc, html
from dash.development.base_component import Component

from core.comparison.filtering import Condition
from core.domain.ids import ModelId
from dashboard.address import Address
from dashboard.components.empty_state import empty_state
from dashboard.views.models.address import Tab
from dashboard.views.overview.ids import Ids
from dashboard.views.overview.snapshot import Snapshot


def no_models(snapshot: Snapshot) -> Component | None:
    """Return what to do in a project without models; None if there are models."""
    if snapshot.models:
        return None
    adding = Address("models", snapshot.project.slug, {"tab": Tab.ADD.value}).href
    return empty_state(
        f"{snapshot.project.name} has no models yet",
        "Every compressed model descends from a base model: add one, then queue an experiment and watch the "
        "map grow. A study that was made elsewhere becomes a project of its own.",
        dcc.Link("Add a base model or import a study", href=adding),
    )


def none_pass(
    snapshot: Snapshot, shown: Set[ModelId], conditions: Sequence[Condition]
) -> list[Component] | None:
    """Return why every model is faded, with a way out; None if some are not."""
    if shown or not snapshot.models:
        return None
    if all(condition.idle for condition in conditions):
        archive = Address("models", snapshot.project.slug, {"show": "archived"}).href
        return [html.Strong("All models are in the archive"), dcc.Link("Open the archive", href=archive)]
    clear = html.Button("Clear the filter", id=Ids.FILTER_CLEAR, type="button", className="ov-button")
    return [html.Strong("No model passes the filter"), clear]

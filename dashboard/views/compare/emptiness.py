"""What the Compare page shows in place of a comparison."""

from __future__ import annotations

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from core.errors import CompressCompareError
from dashboard.address import Address
from dashboard.components.empty_state import empty_state


def nothing_chosen(slug: str) -> Component:
    """Return what to do on a page without models."""
    return empty_state(
        "Choose models to compare",
        "Add a model above, or select models in the map of the Overview and press Compare there.",
        dcc.Link("Go to the Overview", href=Address("overview", slug).href),
    )


def problem(error: CompressCompareError) -> Component:
    """Return why these models cannot be compared, and what to do."""
    return empty_state(error.message, error.hint)


def absent(model_ids: Sequence[int]) -> list[Component]:
    """Return which models of the address are not there; they may be deleted, or another project's."""
    if not model_ids:
        return []
    named = ", ".join(map(str, model_ids))
    return [html.P(f"Not in this project, or deleted: model {named}.", className="compare-note")]

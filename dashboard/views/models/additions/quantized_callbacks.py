"""What files that another program quantized hold, shown while their place is entered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import ALL, Dash, Input, Output, State, html
from dash.development.base_component import Component

from core.domain.quantized_files.provenance import SOURCE
from core.errors import CompressCompareError, UnusableInput
from core.services.application import Application
from core.services.models.quantized_models import look
from core.services.workers import workers
from dashboard.components.form.single_values import counting, read_values
from dashboard.views.models.additions.quantized_form import refused_text, seen_text
from dashboard.views.models.form_problems import values_of
from dashboard.views.models.ids import Ids, PatternIds

_BASE = {"type": PatternIds.BASE, "name": ALL}


def register(app: Dash, product: Application) -> None:
    """Wire the part of the form that only this source has."""

    @app.callback(Output(Ids.BASE_QUANTIZED, "style"), Input(Ids.BASE_SOURCE, "value"))
    def _shown(source: str | None) -> dict[str, str]:
        return {} if source == SOURCE else {"display": "none"}

    @app.callback(
        Output(Ids.BASE_SEEN, "children"),
        Input(_BASE, "value"),
        State(_BASE, "id"),
        State(Ids.BASE_SOURCE, "value"),
    )
    def _look(values: Sequence[Any], ids: Sequence[Any], source: str | None) -> list[Component]:
        entered = values_of(ids, values)
        if source != SOURCE or not str(entered.get("model") or "").startswith(("/", "~")):
            return []
        known = workers.catalogue(product).model_source(source).parameters
        parameters, _ = read_values(known, counting(known, entered))
        return seen(product, parameters)


def seen(product: Application, parameters: dict[str, Any]) -> list[Component]:
    """Return what the files hold, or why they cannot be imported; nothing while no folder is named."""
    try:
        looked = look(product, parameters)
    except UnusableInput as error:
        return [] if error.message.startswith("There is no folder") else refused_text(error)
    except CompressCompareError as error:
        return [html.P(f"{error.message} {error.hint}".strip(), className="models-expected refused")]
    if looked.survey is None:
        return [html.P(looked.reason, className="models-expected")]
    return seen_text(looked.survey)

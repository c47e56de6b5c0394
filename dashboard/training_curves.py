"""Training curves on pages: a place that a view puts where it wants, and what keeps it fresh."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Any

from dash import ALL, Dash, Input, Output, State, html, no_update
from dash.development.base_component import Component

from core.domain.ids import ModelId, ProjectId, RunId
from core.domain.training_curve import TrainingCurve
from core.services import projects, runs
from core.services.application import Application
from core.services.models import get_model
from core.services.training_curves import curves_of_model, curves_of_run
from dashboard.components.training_curve import curve_mark, training_curve
from dashboard.ids import ShellIds
from dashboard.theme import Theme, theme_of

PLACE = "training-curve"


class Of(StrEnum):
    """What a curve is of."""

    RUN = "run"
    MODEL = "model"


def place(of: Of, number: int) -> Component:
    """Return the place of a curve, empty until `fill` or the page's next change."""
    mark: dict[str, Any] = {"data-mark": ""}
    return html.Div(id={"type": PLACE, "of": of.value, "number": number}, className="curve", **mark)


def fill(product: Application, content: Iterable[Any], theme: Theme) -> None:
    """Draw the curves of the places among these components, so that they do not appear late."""
    for component in content:
        identity = getattr(component, "id", None)
        if isinstance(identity, dict) and identity.get("type") == PLACE:
            found = _read(product, identity)
            component.children = training_curve(found, _project(product, identity), theme)
            setattr(component, "data-mark", ".".join(curve_mark(found, theme)))


def register(app: Dash, product: Application, of: Of) -> None:
    """Draw the curves of a view anew when points were added."""
    wanted = {"type": PLACE, "of": of.value, "number": ALL}

    @app.callback(
        Output(wanted, "children"),
        Output(wanted, "data-mark"),
        Input(ShellIds.CHANGED, "data"),
        Input(ShellIds.SCHEME, "data"),
        State(wanted, "id"),
        State(wanted, "data-mark"),
    )
    def _follow(
        _changed: Any, scheme: str | None, ids: list[dict[str, Any]], marks: list[str | None]
    ) -> tuple[list[Any], list[Any]]:
        drawn = [
            _drawn(product, identity, mark, theme_of(scheme))
            for identity, mark in zip(ids, marks, strict=True)
        ]
        return [children for children, _ in drawn], [mark for _, mark in drawn]


def _drawn(product: Application, identity: dict[str, Any], mark: str | None, theme: Theme) -> tuple[Any, Any]:
    found = _read(product, identity)
    fresh = ".".join(curve_mark(found, theme))
    if fresh == mark:
        return no_update, no_update
    return training_curve(found, _project(product, identity), theme), fresh


def _read(product: Application, identity: dict[str, Any]) -> Sequence[TrainingCurve]:
    read: Callable[[int], Sequence[TrainingCurve]] = {
        Of.RUN.value: lambda number: curves_of_run(product, RunId(number)),
        Of.MODEL.value: lambda number: curves_of_model(product, ModelId(number)),
    }[identity["of"]]
    return read(int(identity["number"]))


def _project(product: Application, identity: dict[str, Any]) -> Any:
    number = int(identity["number"])
    project_id: ProjectId = (
        runs.get_run(product, RunId(number)).project_id
        if identity["of"] == Of.RUN.value
        else get_model(product, ModelId(number)).model.project_id
    )
    return projects.get_project(product, project_id)

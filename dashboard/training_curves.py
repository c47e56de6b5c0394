"""Training curves on pages: a place that a view puts where it wants, and what keeps it fresh."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Any

from dash import MATCH, ClientsideFunction, Dash, Input, Output, html
from dash.development.base_component import Component

from core.domain.ids import ModelId, ProjectId, RunId
from core.domain.queue.training_curve import TrainingCurve
from core.services.application import Application
from core.services.models.models import get_model
from core.services.projects import projects
from core.services.queue import runs
from core.services.queue.training_curves import curves_of_model, curves_of_run
from dashboard.components.training_curve import curve_mark, training_curve
from dashboard.ids import ShellIds
from dashboard.live.difference import Document
from dashboard.live.encoding import plain
from dashboard.live.feed import Asked, Drawing, Feed, Present, feeds
from dashboard.theme import Theme, theme_of

PLACE = "training-curve"


class Of(StrEnum):
    """What a curve is of."""

    RUN = "run"
    MODEL = "model"


def place(of: Of, number: int) -> Component:
    """Return the place of a curve, empty until `fill` or the page's next change."""
    return html.Div(id={"type": PLACE, "of": of.value, "number": number}, className="curve")


def fill(product: Application, content: Iterable[Any], theme: Theme) -> None:
    """Draw the curves of the places among these components, so that they do not appear late."""
    for component in content:
        identity = getattr(component, "id", None)
        if isinstance(identity, dict) and identity.get("type") == PLACE:
            found = _read(product, identity)
            component.children = _chart(product, identity, found, theme)


def register(app: Dash) -> None:
    """Have the browser follow the curve whose place is on the page (`assets/training_curve.js`)."""
    one = {"type": PLACE, "of": MATCH, "number": MATCH}
    app.clientside_callback(
        ClientsideFunction("trainingCurve", "follow"),
        Output(one, "data-followed"),  # without an output Dash would not call it for places that come later
        Input(one, "id"),
        Input(ShellIds.SCHEME, "data"),
    )


@feeds.register("training-curve")
class CurveFeed(Feed):
    """The chart of one run or model."""

    def drawing(self, present: Present, asked: Asked) -> Drawing:
        """Return the chart of what `of` and `number` name, drawn anew when points were added."""
        theme = theme_of(asked.text("scheme"))
        identity = {"of": Of(asked.text("of")).value, "number": asked.numbers("numbers")[0]}
        key = (*identity.values(), theme.scheme)
        found = present.read(("curve", *key[:2]), lambda _before: _read(present.product, identity))

        def draw() -> Document:
            return {"chart": plain(_chart(present.product, identity, found, theme))}

        return Drawing(key, tuple(curve_mark(found, theme)), draw)


def _chart(
    product: Application, identity: dict[str, Any], found: Sequence[TrainingCurve], theme: Theme
) -> list[Component]:
    key = f"{identity['of']}-{identity['number']}"
    return training_curve(found, _project(product, identity), theme, key=key)


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

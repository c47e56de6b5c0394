"""What is said while nothing is selected: what the study shows as a whole, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dash import dcc, html
from dash.development.base_component import Component

from core.comparison.pairing import UNPAIRED, Pairing
from core.comparison.sentences.census import census
from core.comparison.sentences.statement import TradeOff
from core.comparison.sentences.trade_off import Aims, best_trade_off
from core.comparison.sentences.words import written
from core.domain.model import Model
from core.domain.queue.run import RunStatus
from core.presentation.counts import counted
from dashboard.address import Address
from dashboard.components.ancestry import ancestors, full_name
from dashboard.projects.snapshot import Snapshot
from dashboard.views.overview.actions import queue_from, selecting
from dashboard.views.overview.state import default_state

HOW = (
    "Click a model on the map or in the plot to see what was done to it and what it measures. Shift-click or "
    "drag a box for several: then you read what sets them apart."
)

EMPTY = "A model that is selected shows its recipe and metrics here; several show what sets them apart."

_FAILED = (RunStatus.FAILED, RunStatus.LOST, RunStatus.SKIPPED)
"""What the queue explains; what somebody cancelled needs no explanation."""


def study(
    snapshot: Snapshot, pairing_of: Callable[[Sequence[Model]], Pairing] = lambda _: UNPAIRED
) -> list[Component]:
    """Return how many models there are, the best trade-off among them, and the next steps."""
    found = _trade_off(snapshot, pairing_of)
    bases = [model for model in snapshot.models if model.parent_id is None and model.ready]
    only_bases = bool(bases) and all(model.parent_id is None for model in snapshot.models)
    content: list[Component] = [html.H2("Nothing selected", className="ov-study-title")]
    if snapshot.models and not only_bases:
        content.append(html.P(written(census(snapshot.models)), className="ov-study-counts"))
    if found is not None:
        content += [
            html.P(written(found), className="ov-insight"),
            html.Div(_next(found), className="ov-chiprow"),
        ]
    elif only_bases:
        content += [
            html.P("Nothing has been compressed yet.", className="ov-insight"),
            queue_from([model.id for model in bases]),
        ]
    content.append(html.P(HOW if snapshot.models else EMPTY, className="ov-study-how"))
    return [html.Div([*content, *_failed(snapshot)], className="ov-study")]


def _trade_off(snapshot: Snapshot, pairing_of: Callable[[Sequence[Model]], Pairing]) -> TradeOff | None:
    chosen = default_state(snapshot.project)
    quality, cost = (snapshot.project.metric(name) for name in (chosen.y, chosen.x))
    if quality is None or cost is None or quality == cost:
        return None
    names = ancestors(snapshot.models)
    aims = Aims(quality, cost, snapshot.project.budgets, snapshot.project.acceptable_loss)
    return best_trade_off(snapshot.models, aims, lambda model: full_name(model, names[model.id]), pairing_of)


def _next(found: TradeOff) -> list[Component]:
    both = [found.base_id, found.model_id]
    return [
        selecting("Look at it", [found.model_id], title="Select this model"),
        selecting("Compare it with its base", both, title="Select this model and the base"),
    ]


def _failed(snapshot: Snapshot) -> list[Component]:
    failed = sum(model.status in _FAILED and not model.archived for model in snapshot.models)
    if not failed:
        return []
    href = Address("queue", snapshot.project.slug, {"status": ",".join(sorted(_FAILED))}).href
    text = f"{counted(failed, 'model')} could not be made: the queue says why"
    return [html.P(dcc.Link(text, href=href), className="ov-study-how")]

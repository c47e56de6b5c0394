"""The details of the selection: none, one, several or many models."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from dash import html
from dash.development.base_component import Component

from core.comparison.references import with_references
from core.services.application import Application
from core.services.comparison.model_differences import model_difference
from core.services.comparison.paired_outcomes import paired
from core.services.layers.savings import savings
from core.services.models import models
from dashboard.live.encoding import written
from dashboard.projects.snapshot import Snapshot
from dashboard.theme import Theme
from dashboard.views.overview.details.card import model_card
from dashboard.views.overview.details.large_selection import MOST, many_models
from dashboard.views.overview.details.small_selection import Details, several_models
from dashboard.views.overview.details.study import study
from dashboard.views.overview.ids import Ids
from dashboard.views.overview.state import leading_metrics


def details(product: Application, now: Snapshot, selection: Sequence[int], theme: Theme) -> Details:
    """Return what there is to say about the selected models."""
    wanted = set(selection)
    chosen = [model for model in now.models if model.id in wanted]
    if not chosen:
        return Details(study(now, lambda models: paired(product, now.project, models)))
    if len(chosen) == 1:
        found = models.get_model(product, chosen[0].id)
        metrics, spent = leading_metrics(now.project), savings(product, chosen[0].id)
        return Details(model_card(found, metrics, now, slug=now.project.slug, spent=spent))
    if len(chosen) > MOST:
        return Details(many_models(now, chosen))
    pairing = paired(product, now.project, with_references(chosen, now.models))
    shown = several_models(now, chosen, theme, pairing)
    if len(chosen) > 2:
        return shown
    lines = model_difference(product, chosen[0].id, chosen[1].id)
    return Details([*shown.content, _written_difference(lines)], shown.drawings)


def _written_difference(lines: Sequence[str]) -> Component:
    """Return the difference of two models as text, folded until it is asked for."""
    text = "\n".join(lines) or "They were made and measured alike, in every step and parameter."
    return html.Details(
        [
            html.Summary("Difference in steps, environment, data and protocol"),
            html.Pre(text, className="ov-written", tabIndex=0),
        ],
        className="ov-fold",
    )


def mark_of(shown: Details) -> tuple[str, str]:
    """Return what is the same for the same details however far their run is, and how far that is.

    Call it before training curves are drawn, which follow the run by themselves.
    """
    badge = _badge(shown.content)
    state = "" if badge is None else badge.children
    if badge is not None:
        badge.children = None
    mark = hashlib.blake2b(written([shown.content, shown.drawings]), digest_size=8).hexdigest()
    if badge is not None:
        badge.children = state
    return mark, state


def _badge(content: Any) -> Component | None:
    """Return the state on a card; None where the details are no card."""
    for part in content if isinstance(content, list) else ():
        with suppress(KeyError):
            found: Component = part[Ids.STATE]
            return found
    return None

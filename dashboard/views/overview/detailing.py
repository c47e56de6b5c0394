"""The details of the selection: none, one, several or many models."""

from __future__ import annotations

from collections.abc import Sequence

from core.comparison.references import with_references
from core.services import models
from core.services.application import Application
from core.services.pairing import paired
from dashboard.theme import Theme
from dashboard.views.overview.card import model_card
from dashboard.views.overview.many import MOST, many_models
from dashboard.views.overview.several import Details, several_models
from dashboard.views.overview.snapshot import Snapshot
from dashboard.views.overview.state import leading_metrics
from dashboard.views.overview.study import study


def details(product: Application, now: Snapshot, selection: Sequence[int], theme: Theme) -> Details:
    """Return what there is to say about the selected models."""
    wanted = set(selection)
    chosen = [model for model in now.models if model.id in wanted]
    if not chosen:
        return Details(study(now, lambda models: paired(product, now.project, models)))
    if len(chosen) == 1:
        found = models.get_model(product, chosen[0].id)
        return Details(model_card(found, leading_metrics(now.project), now, slug=now.project.slug))
    if len(chosen) > MOST:
        return Details(many_models(now, chosen))
    pairing = paired(product, now.project, with_references(chosen, now.models))
    return several_models(now, chosen, theme, pairing)

"""Why searches tried a model, for its card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import dcc, html
from dash.development.base_component import Component

from core.domain.ids import ExperimentId
from core.domain.search.trials import Trial
from dashboard.address import Address


def trial_reasons(
    trials: Sequence[Trial], experiments: Mapping[ExperimentId, str], slug: str
) -> list[Component]:
    """Return the reason of each search that tried the model; nothing where none did."""
    if not trials:
        return []
    told = [html.P(_told(trial, experiments, slug), className="ov-dim") for trial in trials]
    return [html.H3("Why it was tried", className="ov-heading"), *told]


def _told(trial: Trial, experiments: Mapping[ExperimentId, str], slug: str) -> list[Component | str]:
    title = experiments.get(trial.experiment_id, f"Experiment {trial.experiment_id}")
    href = Address("queue", slug, {"experiment": str(trial.experiment_id)}).href
    rest = f" {trial.told}" if trial.told else ""
    return [dcc.Link(title, href=href), f": {trial.reason}{rest}"]

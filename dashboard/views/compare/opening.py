"""What an address of the Compare page stands for: the models that are there, and their baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.domain.ids import ModelId
from core.domain.model import Model
from core.services.application import Application
from core.services.comparison.compared_models import default_baseline
from dashboard.address import Address
from dashboard.projects import snapshot
from dashboard.views.compare.state import VIEW, Names, State, read_state


@dataclass(frozen=True)
class Opened:
    """An address that was looked up.

    state: without models that are not there. absent: those. models: of the project, that can be chosen.
    baseline: None without models to compare.
    """

    state: State
    models: Sequence[Model]
    names: Names
    absent: Sequence[int]
    baseline: Model | None


def drawable(address: Address, revision: Sequence[Any] | None) -> bool:
    """Return whether the page of an address can be drawn.

    revision: slug and number; without it the page would be drawn twice, now and when that is known.
    """
    return address.view == VIEW and revision is not None and address.project == revision[0]


def asked_state(product: Application, address: Address) -> State:
    """Return the state of an address; `experiment` in it stands for the models that an experiment made."""
    state = read_state(address)
    experiment = address.state.get("experiment", "")
    if state.selected or not experiment:
        return state
    made = snapshot.read(product, state.project).models
    chosen = [model for model in made if model.ready and str(model.experiment_id or "") == experiment]
    return replace(state, selected=tuple(int(model.id) for model in chosen))


def opened(product: Application, address: Address) -> Opened:
    """Look an address up."""
    asked = asked_state(product, address)
    now = snapshot.read(product, asked.project)
    listed = {model.id: model for model in now.models}
    state = asked.among(set(listed))
    absent = [model_id for model_id in asked.model_ids if model_id not in state.model_ids]
    baseline: Model | None = None
    if state.selected:
        usual = ModelId(state.baseline) if state.baseline else default_baseline(product, state.model_ids)
        baseline = listed.get(usual)
    ready = [model for model in now.models if model.ready]
    return Opened(state, ready, now.lineages, absent, baseline)

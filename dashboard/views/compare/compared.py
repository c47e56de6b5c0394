"""The comparison that an address of the Compare page stands for."""

from __future__ import annotations

from core.errors import CompressCompareError
from core.services.application import Application
from core.services.behaviour.behaviour import Behaviour, behaviour
from dashboard.address import Address
from dashboard.views.compare.opening import opened
from dashboard.views.compare.state import State, Tab


def compared_at(product: Application, address: Address) -> tuple[State, Behaviour | None]:
    """Return the state of an address among the models there are, and their comparison; None without one."""
    here = opened(product, address)
    if here.baseline is None or here.state.tab is not Tab.BEHAVIOURS:
        return here.state, None
    try:
        return here.state, behaviour(product, here.state.columns, here.baseline.id)
    except CompressCompareError:
        return here.state, None  # the page says above what is wrong

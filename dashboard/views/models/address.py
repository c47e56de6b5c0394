"""What the page shows, as it stands in its address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.domain.model import Model


class Tab(StrEnum):
    """The parts of the page."""

    MODELS = "models"
    DATA = "data"
    METRICS = "metrics"
    ADD = "add"


class Show(StrEnum):
    """Which models are listed."""

    PRESENT = "present"
    STARRED = "starred"
    ARCHIVED = "archived"
    DELETED = "deleted"

    def passes(self, model: Model) -> bool:
        """Return whether a model is listed."""
        if self is Show.DELETED or model.deleted_at is not None:
            return self is Show.DELETED and model.deleted_at is not None
        if self is Show.ARCHIVED:
            return model.archived
        return not model.archived and (self is Show.PRESENT or model.starred)


@dataclass(frozen=True)
class State:
    """The open tab, which models are listed, and the text they are searched for."""

    tab: Tab = Tab.MODELS
    show: Show = Show.PRESENT
    text: str = ""


def read_state(given: Mapping[str, str]) -> State:
    """Return the state of an address; words that mean nothing are left out."""
    tab, show = given.get("tab", ""), given.get("show", "")
    return State(
        tab=Tab(tab) if tab in set(Tab) else Tab.MODELS,
        show=Show(show) if show in set(Show) else Show.PRESENT,
        text=given.get("text", ""),
    )

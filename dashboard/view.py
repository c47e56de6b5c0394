"""What a view is, and the registry that makes one file per view enough."""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import Enum, auto

from dash import Dash
from dash.development.base_component import Component

from core.registry import Registry
from core.services.application import Application
from dashboard.address import Address


class ViewPlace(Enum):
    """Where the shell puts a view."""

    PAGE = auto()  # has an address; shown while that address is open
    LINKED = auto()  # has an address as well, but no link among the pages: others lead to it
    OVERLAY = auto()  # always mounted, e.g. a drawer that opens over any page


class View(ABC):
    """One page or drawer: the question it answers, what it looks like, and its callbacks.

    label: text in the navigation; `order` sorts it there. `per_project`: needs a project in its address.
    changing: CSS selectors of the controls that change something, which viewers cannot use.
    """

    name: str
    label: str
    question: str
    place: ViewPlace = ViewPlace.PAGE
    order: int = 100
    per_project: bool = True
    changing: tuple[str, ...] = ()

    @abstractmethod
    def layout(self, address: Address) -> Component:
        """Return the view as it opens at `address`; overlays get the address of the home page."""

    @abstractmethod
    def register(self, app: Dash, product: Application) -> None:
        """Wire the view's handlers to the app; called once, before the first request."""


views: Registry[View] = Registry("view", View)


def views_at(place: ViewPlace) -> list[View]:
    """Return the registered views of a place, in the order of the navigation."""
    chosen = [view for _, view in views if view.place is place]
    return sorted(chosen, key=lambda view: (view.order, view.name))

"""What feeds are: each draws one part of a page, for all tabs that ask the same."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from core.errors import InvalidInput
from core.registry import Registry
from core.services.application import Application
from dashboard.live.difference import Document
from dashboard.live.pace import Paces

T = TypeVar("T")


@dataclass(frozen=True)
class Present:
    """The state that one request is answered from.

    fresh: a person acted, so that what is read must not be older than the request.
    """

    product: Application
    paces: Paces
    fresh: bool = False

    def read(self, key: Hashable, read: Callable[[T | None], T]) -> T:
        """Return what `read` makes of what it returned last, about once a second for all; see `Paces`."""
        return self.paces.read(key, read, fresh=self.fresh)


@dataclass(frozen=True)
class Drawing:
    """A document that can be drawn.

    key: what tells this document from others of the same feed.
    stamp: the document is drawn anew only when this has changed.
    loosely: when only this has changed, it is drawn anew after some seconds.
    """

    key: Hashable
    stamp: Hashable
    draw: Callable[[], Document]
    loosely: Hashable = None


class Feed(ABC):
    """Draws one part of a page."""

    name: str

    @abstractmethod
    def drawing(self, present: Present, asked: Asked) -> Drawing:
        """Return the drawing that a tab asks for; `InvalidInput` or `UnknownName` if there is none."""


feeds: Registry[Feed] = Registry("feed", Feed)


class Asked:
    """What a tab asks of a part: names to values, as they come from the browser."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def text(self, name: str) -> str:
        """Return a text; empty where there is none."""
        value = self._values.get(name)
        if value is None or isinstance(value, str):
            return value or ""
        raise _unusable(name, value)

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts."""
        value = self._values.get(name) or []
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(value)
        raise _unusable(name, value)

    def flag(self, name: str) -> bool:
        """Return whether something is switched on."""
        return self._values.get(name) is True

    def numbers(self, name: str) -> tuple[int, ...]:
        """Return a list of whole numbers."""
        value = self._values.get(name) or []
        if isinstance(value, list) and all(type(one) is int for one in value):
            return tuple(value)
        raise _unusable(name, value)


def _unusable(name: str, value: Any) -> InvalidInput:
    return InvalidInput.of(name, f"The value {value!r:.60} cannot be used for {name!r}.", "Reload the page.")

"""Routes of the REST API: functions over the services whose annotations say what they take and answer."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, get_type_hints

from flask import Response
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from core.domain.access.caller import Role

PREFIX = "/api/v1"
Item = TypeVar("Item")
Handler = TypeVar("Handler", bound=Callable[..., Any])
_PLACE = re.compile(r"\{(\w+)\}")


class Given(BaseModel):
    """Base of everything that requests carry: unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PageQuery(Given):
    """Which part of a list."""

    limit: int = Field(100, ge=1, le=1000, description="Most items to return.")
    cursor: int = Field(0, ge=0, le=2**53, description="`next` of the page before.")


class Page(TypedDict, Generic[Item]):
    """A part of a list. next: the cursor of the following part; null at the end."""

    items: list[Item]
    next: int | None


@dataclass(frozen=True)
class Media:
    """A body that is no JSON: its media types, and how it is described."""

    types: tuple[str, ...]
    description: str


@dataclass(frozen=True)
class Route:
    """One operation. role: what the caller needs; the services check it, the document names it.

    takes: a request body that is no JSON, which the handler reads itself. gives: an answer that is no JSON;
    the handler returns a response. once: whether it takes an idempotency key.
    """

    method: str
    path: str
    call: Callable[..., Any]
    tag: str
    role: Role = Role.VIEWER
    status: int = 200
    takes: Media | None = None
    gives: Media | None = None
    once: bool = False

    @property
    def name(self) -> str:
        """The operation's id."""
        return self.call.__name__

    @property
    def summary(self) -> str:
        """What it does, in one line."""
        return (inspect.getdoc(self.call) or "").split("\n\n")[0].replace("\n", " ")

    @property
    def description(self) -> str:
        """What more there is to know."""
        return (inspect.getdoc(self.call) or "").partition("\n\n")[2]

    @property
    def places(self) -> Mapping[str, type]:
        """The parameters in the path, with their types."""
        return {name: self.hints[name] for name in _PLACE.findall(self.path)}

    @property
    def hints(self) -> Mapping[str, Any]:
        """The annotations of the handler."""
        return get_type_hints(self.call, include_extras=True)

    @property
    def query(self) -> type[BaseModel] | None:
        """What follows the question mark."""
        return self.hints.get("query")

    @property
    def body(self) -> type[BaseModel] | None:
        """The JSON body."""
        return self.hints.get("body")

    @property
    def answer(self) -> Any:
        """The type of the JSON that is answered; None where it is no JSON."""
        found = self.hints["return"]
        return None if found is Response or self.gives else found

    @property
    def rule(self) -> str:
        """The path as Flask writes it."""
        return PREFIX + _PLACE.sub(r"<\1>", self.path)


@dataclass(frozen=True)
class Routes:
    """Routes about one kind of thing."""

    tag: str
    found: list[Route] = field(default_factory=list)

    def get(self, path: str, **about: Any) -> Callable[[Handler], Handler]:
        """Add a route that reads."""
        return self._add("GET", path, about)

    def post(self, path: str, *, role: Role = Role.EDITOR, **about: Any) -> Callable[[Handler], Handler]:
        """Add a route that makes or does something."""
        return self._add("POST", path, {"role": role, **about})

    def patch(self, path: str, **about: Any) -> Callable[[Handler], Handler]:
        """Add a route that changes something."""
        return self._add("PATCH", path, {"role": Role.EDITOR, **about})

    def delete(self, path: str, **about: Any) -> Callable[[Handler], Handler]:
        """Add a route that deletes something."""
        return self._add("DELETE", path, {"role": Role.EDITOR, **about})

    def __iter__(self) -> Iterator[Route]:
        return iter(self.found)

    def _add(self, method: str, path: str, about: Mapping[str, Any]) -> Callable[[Handler], Handler]:
        def add(call: Handler) -> Handler:
            self.found.append(Route(method, path, call, self.tag, **about))
            return call

        return add


def page(rows: list[tuple[int, Item]], query: PageQuery) -> Page[Item]:
    """Return the part of a list that is asked for; items come with the numbers that cursors name, rising."""
    left = [row for row in rows if row[0] > query.cursor]
    shown = left[: query.limit]
    return {
        "items": [item for _, item in shown],
        "next": shown[-1][0] if len(left) > len(shown) else None,
    }

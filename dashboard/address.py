"""Addresses of pages: which view of which project, and the view's state in the query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlencode

HOME = "overview"


@dataclass(frozen=True)
class Address:
    """A place in the dashboard: `/p/<project>/<view>?<state>`, or `/<view>` across projects."""

    view: str = HOME
    project: str | None = None
    state: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Return the path without the state."""
        return f"/p/{quote(self.project, safe='')}/{self.view}" if self.project else f"/{self.view}"

    @property
    def href(self) -> str:
        """Return the path with the state."""
        query = urlencode({name: value for name, value in self.state.items() if value})
        return f"{self.path}?{query}" if query else self.path


def parse(pathname: str | None, search: str | None = None) -> Address:
    """Read an address; a path of another shape leads to a view of its own name, which may not exist."""
    parts = [unquote(part) for part in (pathname or "").split("/") if part]
    state = dict(parse_qsl((search or "").removeprefix("?"), keep_blank_values=True))
    if len(parts) >= 2 and parts[0] == "p":
        return Address("/".join(parts[2:]) or HOME, parts[1], state)
    return Address("/".join(parts) or HOME, None, state)

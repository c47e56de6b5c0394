"""Addresses of pages: which view of which project, and the view's state in the query.

A browser sends the query to the server, which reads no more than `LONGEST_REQUEST_LINE` bytes of it.
What would not fit stands behind the `#`, written like the query; that part never leaves the browser.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from urllib.parse import parse_qsl, quote, unquote, urlencode

HOME = "overview"

LONGEST_REQUEST_LINE = 8190
"""Bytes of `GET <path>?<query> HTTP/1.1` that the server reads: the most that gunicorn does."""

LONGEST_QUERY = 7_500
"""Characters of a query that leave room for the path; `assets/overview/address.js` uses the same."""

MOST_IDS = 100_000
"""Ids that are read from one address, so that a range somebody typed cannot fill the memory."""


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
        """Return the path with the state; the longest parts behind the # where it would be too long."""
        state = {name: value for name, value in self.state.items() if value}
        behind: dict[str, str] = {}
        while len(urlencode(state)) > LONGEST_QUERY:
            longest = max(state, key=lambda name: len(state[name]))
            behind[longest] = state.pop(longest)
        query = f"?{urlencode(state)}" if state else ""
        return f"{self.path}{query}#{urlencode(behind)}" if behind else f"{self.path}{query}"


def parse(pathname: str | None, search: str | None = None, fragment: str | None = None) -> Address:
    """Read an address; a path of another shape leads to a view of its own name, which may not exist."""
    parts = [unquote(part) for part in (pathname or "").split("/") if part]
    state = dict(parse_qsl((fragment or "").removeprefix("#"), keep_blank_values=True))
    state |= dict(parse_qsl((search or "").removeprefix("?"), keep_blank_values=True))
    if len(parts) >= 2 and parts[0] == "p":
        return Address("/".join(parts[2:]) or HOME, parts[1], state)
    return Address("/".join(parts) or HOME, None, state)


def write_ids(ids: Iterable[int]) -> str:
    """Return ids as an address holds them, three or more in a row as a range, e.g. `1-40.55.60-900`."""
    return ".".join(_written(first, last) for first, last in _runs(sorted(set(ids))))


def read_ids(text: str) -> tuple[int, ...]:
    """Return the ids that `write_ids` wrote, at most `MOST_IDS`; what is neither id nor range is left out.

    People who type an address may put commas between them.
    """
    found: dict[int, None] = {}
    for part in text.replace(",", ".").split("."):
        first, dash, last = part.partition("-")
        if not _is_id(first) or (dash and not _is_id(last)):
            continue
        end = min(int(last or first), int(first) + MOST_IDS - len(found) - 1)
        found.update(dict.fromkeys(range(int(first), end + 1)))
    return tuple(found)


def _runs(ids: list[int]) -> Iterator[tuple[int, int]]:
    """Return the first and the last of each run of consecutive ids."""
    starts = [at for at, one in enumerate(ids) if at == 0 or ids[at - 1] != one - 1]
    for at, after in pairwise([*starts, len(ids)]):
        yield ids[at], ids[after - 1]


def _written(first: int, last: int) -> str:
    if first == last:
        return str(first)
    return f"{first}.{last}" if last == first + 1 else f"{first}-{last}"


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19

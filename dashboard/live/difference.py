"""Differences between two versions of a JSON document, which `assets/live.js` applies.

A delta has up to three members: `set` (new or replaced members), `in` (deltas of members that are objects in
both versions) and `gone` (names of removed members). Lists are replaced as a whole: what changes one by one
belongs into an object with an id per member.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Document = Mapping[str, Any]
Delta = dict[str, Any]


def difference(before: Document, after: Document) -> Delta:
    """Return the delta from one version to another; empty if they are equal."""
    replaced: dict[str, Any] = {}
    inner: dict[str, Delta] = {}
    for name, value in after.items():
        old = before.get(name)
        if name in before and (old is value or old == value):
            continue
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            inner[name] = difference(old, value)
        else:
            replaced[name] = value
    gone = [name for name in before if name not in after]
    parts = {"set": replaced, "in": inner, "gone": gone}
    return {name: part for name, part in parts.items() if part}


def sharing(before: Any, after: Any) -> Any:
    """Return `after` with the objects of `before` wherever they are equal, so that versions share memory."""
    if before == after:
        return before
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return {name: sharing(before.get(name), value) for name, value in after.items()}
    return after

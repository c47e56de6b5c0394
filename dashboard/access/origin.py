"""Other sites may not act in a person's name: what changes something must come from a page of this server."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Request

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def is_foreign(asked: Request, *, strict: bool) -> bool:
    """Return whether a request that may change something comes from another site.

    strict: what does not say where it comes from counts as foreign, too; browsers always say it.
    """
    return asked.method not in _SAFE and not is_same_origin(asked, strict=strict)


def is_same_origin(asked: Request, *, strict: bool) -> bool:
    """Return whether a page of this server asks."""
    site, origin = asked.headers.get("Sec-Fetch-Site"), asked.headers.get("Origin")
    if site:
        return site == "same-origin"
    if origin:
        return urlsplit(origin).netloc == asked.host
    return not strict

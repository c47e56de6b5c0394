"""Ids of the page that compares projects; `assets/across/across.js` uses the same names."""

from __future__ import annotations

from enum import StrEnum


class Ids(StrEnum):
    """Components that exist once."""

    PROJECTS = "across-projects"
    X = "across-x"
    Y = "across-y"
    LOG = "across-log"
    FOUND = "across-found"
    GRAPH = "across-graph"
    GRID = "across-grid"
    KEPT = "across-kept"

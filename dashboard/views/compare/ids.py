"""Ids of the Compare page's components."""

from __future__ import annotations

from enum import StrEnum


class Ids(StrEnum):
    """Components that exist once. ADD and BASELINE hold the id of a model, as text."""

    ROOT = "compare-root"
    BASELINE = "compare-baseline"
    ADD = "compare-add"

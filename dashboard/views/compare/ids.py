"""Ids of the Compare page's components."""

from __future__ import annotations

from enum import StrEnum


class Ids(StrEnum):
    """Components that exist once.

    ADD and BASELINE hold the id of a model, as text. SHOWN: Store with the baseline that is shown, so that
    drawing it is no choice.
    """

    ROOT = "compare-root"
    BASELINE = "compare-baseline"
    SHOWN = "compare-shown"
    ADD = "compare-add"

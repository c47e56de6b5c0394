"""What models take and data consist of."""

from __future__ import annotations

from enum import StrEnum


class Inputs(StrEnum):
    """What a task is about, what data consist of, what a model takes."""

    UNKNOWN = ""  # as with most plug-ins; only the run can tell
    IMAGES = "images"
    TEXTS = "texts"

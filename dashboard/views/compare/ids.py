"""Ids of the Compare page's components."""

from __future__ import annotations

from enum import StrEnum


class Ids(StrEnum):
    """Components that exist once.

    ADD and BASELINE hold the id of a model, as text. SHOWN: Store with the baseline that is shown, so that
    drawing it is no choice. DRAWN: Store with what the groups were drawn for. INSTANCES: the list below them.
    SEARCH: text that instances shall contain. KEEP: button that queues a run which keeps them.
    PICKED: Store with the positions of the instances that are ticked. SAVE_GROUP: button that saves those, or
    all that are listed, under the name in GROUP_NAME. SAVED: Store with the group saved or deleted last.
    CSV, REPORT: buttons; FILE: hands what they make to the browser.
    """

    ROOT = "compare-root"
    BASELINE = "compare-baseline"
    SHOWN = "compare-shown"
    ADD = "compare-add"
    DRAWN = "compare-drawn"
    INSTANCES = "compare-instances"
    SEARCH = "compare-search"
    KEEP = "compare-keep"
    PICKED = "compare-picked"
    GROUP_NAME = "compare-group-name"
    SAVE_GROUP = "compare-save-group"
    SAVED = "compare-saved"
    CSV = "compare-csv"
    REPORT = "compare-report"
    FILE = "compare-file"


class Part(StrEnum):
    """`type` of the ids of components that exist several times."""

    MEASURE = "compare-measure"  # with `kind` of the run and `model`


def delete_group_id(group_id: object) -> dict[str, object]:
    """Return the id of the button that deletes a saved group."""
    return {"type": "compare-delete-group", "group": group_id}

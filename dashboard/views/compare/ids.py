"""Ids of the Compare page's components."""

from __future__ import annotations

from enum import StrEnum


class Ids(StrEnum):
    """Components that exist once.

    ADD and BASELINE hold the id of a model, as text. SHOWN: Store with the baseline that is shown, so that
    drawing it is no choice. DRAWN: Store with what the groups were drawn for. INSTANCES: the list below them,
    LISTED: Store with what that was drawn for.
    SEARCH: text that instances shall contain. PATTERN: regular expression that makes a column.
    KEEP: button that queues a run which keeps them.
    PICKED: Store with the positions of the instances that are ticked. SAVE_GROUP: button that saves those, or
    all that are listed, under the name in GROUP_NAME. SAVED: Store with the group saved or deleted last.
    IMPORT_OPEN: button that opens the dialog IMPORT_BOX, in which predictions of IMPORT_MODEL come in from
    IMPORT_FILE with the button IMPORT. IMPORT_CHOSEN, IMPORT_WRONG: name of the file, what is wrong with it.
    CLASSES_OPEN: button that opens the dialog CLASSES_BOX with the names CLASSES and the button CLASSES_SAVE.
    LAYERS_WANTED: Store with ticked modules that shall become a recipe.
    COSTLY: Store that asks for what costs more than the page, COSTLY_DONE: Store with the page that it is
    computed for; COSTLY_CLOCK: interval that follows the progress in COSTLY_TOLD.
    RUNS_BOX: dialog that queues runs on the saved group RUNS_GROUP, on the device RUNS_QUEUE: evaluations
    of RUNS_MODELS, or the sensitivity to the step RUNS_STEP. RUNS_WRONG: what cannot be queued.
    CSV, PARQUET, REPORT, NODE_COLOURS: buttons; FILE: hands what they make to the browser.
    """

    ROOT = "compare-root"
    BASELINE = "compare-baseline"
    SHOWN = "compare-shown"
    ADD = "compare-add"
    DRAWN = "compare-drawn"
    INSTANCES = "compare-instances"
    LISTED = "compare-listed"
    SEARCH = "compare-search"
    PATTERN = "compare-pattern"
    KEEP = "compare-keep"
    PICKED = "compare-picked"
    GROUP_NAME = "compare-group-name"
    SAVE_GROUP = "compare-save-group"
    SAVED = "compare-saved"
    IMPORT_OPEN = "compare-import-open"
    IMPORT_BOX = "compare-import-box"
    IMPORT_MODEL = "compare-import-model"
    IMPORT_FILE = "compare-import-file"
    IMPORT_CHOSEN = "compare-import-chosen"
    IMPORT_WRONG = "compare-import-wrong"
    IMPORT = "compare-import"
    CLASSES_OPEN = "compare-classes-open"
    CLASSES_BOX = "compare-classes-box"
    CLASSES = "compare-classes"
    CLASSES_SAVE = "compare-classes-save"
    COSTLY = "compare-costly"
    COSTLY_DONE = "compare-costly-done"
    COSTLY_CLOCK = "compare-costly-clock"
    COSTLY_TOLD = "compare-costly-told"
    RUNS_BOX = "compare-runs-box"
    RUNS_GROUP = "compare-runs-group"
    RUNS_QUEUE = "compare-runs-queue"
    RUNS_MODELS = "compare-runs-models"
    RUNS_STEP = "compare-runs-step"
    RUNS_EVALUATE = "compare-runs-evaluate"
    RUNS_SENSE = "compare-runs-sense"
    RUNS_DRIFT = "compare-runs-drift"
    RUNS_WRONG = "compare-runs-wrong"
    CSV = "compare-csv"
    PARQUET = "compare-parquet"
    REPORT = "compare-report"
    FILE = "compare-file"
    NODE_COLOURS = "compare-node-colours"
    LAYERS_WANTED = "compare-layers-wanted"
    LAYERS_INSIDE = "compare-layers-inside"


class PatternIds(StrEnum):
    """`type` of the ids of components that exist several times."""

    MEASURE = "compare-measure"  # with `kind` of the run and `model`
    SPENT_FOLD = "compare-spent-fold"  # with `model` and `baseline`, as below
    SPENT = "compare-spent"


def delete_group_id(group_id: object) -> dict[str, object]:
    """Return the id of the button that deletes a saved group."""
    return {"type": "compare-delete-group", "group": group_id}


def queue_group_id(group_id: object) -> dict[str, object]:
    """Return the id of the button that opens the dialog with runs on a saved group."""
    return {"type": "compare-queue-group", "group": group_id}

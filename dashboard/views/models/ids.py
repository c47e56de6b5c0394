"""Ids of the Models & data page; `assets/models/models.js` uses the same names."""

from __future__ import annotations

from enum import StrEnum


class Ids(StrEnum):
    """Components that exist once.

    MARK: Store with the revision and the filter that the grid shows. ACTED: Store that is written after
    every change made here, so that the page looks again at once.
    COUNTED: Store with how many lines the grid gets and what is said of them once they are drawn.
    STAR: Store with the star that was pressed.
    LISTED: Store with the lines shown and the button, when a file is asked for.
    BRING_FILE: hidden input with what finds an uploaded archive.
    BASE_MARKS: Store with what the fields of the form mean, see `marks`.
    BASE_LOOKED, NEW_LOOKED: places where the browser says that it is time to look for new plug-ins.
    BASE_OFFERED, NEW_OFFERED: Stores with the mark of the catalogue that the form was made from.
    FILLED: Store with the settings that the form was filled with.
    SEEN_MARK: Store with the previews of the data that the page shows.
    """

    START = "models-start"
    ROOT = "models-root"
    TABS = "models-tabs"
    MARK = "models-mark"
    CHANGES = "models-changes"
    ACTED = "models-acted"
    GRID = "models-grid"
    SHOW = "models-show"
    TEXT = "models-text"
    COUNT = "models-count"
    COUNTED = "models-counted"
    STAR = "models-star"
    CSV = "models-csv"
    JSON = "models-json"
    PARQUET = "models-parquet"
    LISTED = "models-listed"
    CSV_FILE = "models-csv-file"
    TAG = "models-tag"
    ARCHIVE = "models-archive"
    UNARCHIVE = "models-unarchive"
    DELETE = "models-delete"
    RESTORE = "models-restore"
    TAG_BOX = "models-tag-box"
    TAG_TITLE = "models-tag-title"
    TAG_ADD = "models-tag-add"
    TAG_REMOVE = "models-tag-remove"
    TAG_APPLY = "models-tag-apply"
    DELETE_BOX = "models-delete-box"
    DELETE_TEXT = "models-delete-text"
    DELETE_YES = "models-delete-yes"
    DELETE_NO = "models-delete-no"
    METRICS = "models-metrics"
    SETTINGS = "models-settings"
    PROJECT_NAME = "models-project-name"
    DESCRIPTION = "models-description"
    ACCEPTABLE_LOSS = "models-acceptable-loss"
    MOST_RUNNING = "models-most-running"
    SAVE = "models-save"
    SAVED = "models-saved"
    CONFIRM = "models-confirm"
    FILLED = "models-filled"
    UPLOAD = "models-upload"
    UPLOADED = "models-uploaded"
    IMPORT_NAME = "models-import-name"
    IMPORT = "models-import"
    IMPORT_OUTCOME = "models-import-outcome"
    TAKE_WEIGHTS = "models-take-weights"
    TAKE_MODELS = "models-take-models"
    TAKE_TOLD = "models-take-told"
    TAKE_LINK = "models-take-link"
    BRING_FILE = "models-bring-file"
    BRING_HOLDS = "models-bring-holds"
    BRING_NAME = "models-bring-name"
    BRING = "models-bring"
    BRING_OUTCOME = "models-bring-outcome"
    BASE_LOOKED = "models-base-looked"
    BASE_OFFERED = "models-base-offered"
    NEW_LOOKED = "models-new-looked"
    NEW_OFFERED = "models-new-offered"
    BASE_SOURCE = "models-base-source"
    BASE_NAME = "models-base-name"
    BASE_HOW = "models-base-how"
    BASE_CHOSEN_BESIDE = "models-base-chosen-beside"
    BASE_TRAINING = "models-base-training"
    BASE_FIELDS = "models-base-fields"
    BASE_MARKS = "models-base-marks"
    BASE_SEED = "models-base-seed"
    BASE_QUEUE = "models-base-queue"
    BASE_ADD = "models-base-add"
    BASE_QUANTIZED = "models-base-quantized"
    BASE_PARENT = "models-base-parent"
    BASE_SEEN = "models-base-seen"
    BASE_EXPECTED = "models-base-expected"
    BASE_OUTCOME = "models-base-outcome"
    PROTOCOL_DATA = "models-protocol-data"
    PROTOCOL_SPLIT = "models-protocol-split"
    PROTOCOL_INSTANCES = "models-protocol-instances"
    PROTOCOL_PRECISION = "models-protocol-precision"
    PROTOCOL_DEVICE = "models-protocol-device"
    PROTOCOL_LACKING = "models-protocol-lacking"
    PROTOCOL_MEASURE = "models-protocol-measure"
    PROTOCOL_SAVE = "models-protocol-save"
    PROTOCOL_OUTCOME = "models-protocol-outcome"
    DATA_CARDS = "models-data-cards"
    SET_SOURCE = "models-set-source"
    SET_EVERY = "models-set-every"
    SET_NAME = "models-set-name"
    SET_FIELDS = "models-set-fields"
    SET_ADD = "models-set-add"
    SET_EXPECTED = "models-set-expected"
    SET_OUTCOME = "models-set-outcome"
    SEEN = "models-seen"
    SEEN_MARK = "models-seen-mark"
    NEW_NAME = "models-new-name"
    NEW_DESCRIPTION = "models-new-description"
    NEW_TASK = "models-new-task"
    NEW_SOURCE = "models-new-source"
    NEW_EVERY = "models-new-every"
    NEW_DATASET = "models-new-dataset"
    NEW_FIELDS = "models-new-fields"
    NEW_SPLIT = "models-new-split"
    NEW_INSTANCES = "models-new-instances"
    NEW_PRECISION = "models-new-precision"
    NEW_CREATE = "models-new-create"
    NEW_OUTCOME = "models-new-outcome"


class PatternIds(StrEnum):
    """`type` of the ids of components that exist once per metric or parameter."""

    METRIC = "models-metric"  # with the metric's `name` and the `part` of it
    BASE = "models-base-value"  # with the parameter's `name`
    BASE_ROW = "models-base-row"  # around the parameter of this `name`
    TRAINING = "models-training-value"  # with the parameter's `name`
    DATASET = "models-dataset-value"  # with the parameter's `name`
    DATA = "models-data-value"  # with the data set's id, `dataset`, and the parameter's `name`
    DATA_EXPECTED = "models-data-expected"  # the same, without a name
    DATA_SAVE = "models-data-save"  # with the data set's id, `dataset`
    DATA_OUTCOME = "models-data-outcome"  # the same
    SET_VALUE = "models-set-value"  # of a data set to be, with the parameter's `name`
    SET_NAME = "models-set-row-name"  # with the data set's id, `dataset`
    SET_RENAME = "models-set-rename"  # the same
    SET_REMOVE = "models-set-remove"  # the same
    SET_OUTCOME = "models-set-row-outcome"  # the same

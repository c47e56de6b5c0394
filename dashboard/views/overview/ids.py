"""Ids of the Overview's parts; `assets/overview/*.js` uses the same names."""

from __future__ import annotations

from enum import StrEnum


class Ids(StrEnum):
    """Parts of the Overview.

    SELECTION: Store with the ids of the selected models; written by the selection bus only.
    REVISION: Store with the project revision after what a person did here; written to see it at once.
    LIVE_...: Stores with the parts of the page as `feeds` draws them.
    SCENE: Store with what the map draws; SCATTER_DRAWING: with the Plotly figure that `scatter.js` draws.
    FILTER: Store with the conditions as `core.comparison.filtering` writes them; FILTER_FIELDS: with their
        fields, which says when the editors have to be drawn anew.
    HIDDEN: Store with the ids of the models that do not pass.
    EVERYTHING: switch that also shows models that were archived or could not be made; EVERYTHING_SHOWN:
        Store that says whether they are, since a condition on the status asks for them, too.
    TABLE_STATE: Store with the table's columns and whether only differing ones are shown, None for the usual.
    SEEN: Store with what the card shows of what people wrote, see `annotations.Seen`.
    MEASURED: Store with the ids of the models that the dialog MEASURE is about.
    DRAWINGS: Store with the bars and the table that the browser draws into CHARTS and DIFFERENCES.
    """

    START = "overview-start"
    ROOT = "overview-root"
    SELECTION = "overview-selection"
    REVISION = "overview-revision"
    SCENE = "overview-scene"
    LIVE_MAP = "overview-live-map"
    LIVE_SCATTER = "overview-live-scatter"
    LIVE_PARALLEL = "overview-live-parallel"
    LIVE_FILTER = "overview-live-filter"
    LIVE_DETAILS = "overview-live-details"
    LIVE_TABLE = "overview-live-table"
    MAP = "overview-map"
    MAP_FRAME = "overview-map-frame"
    MAP_HEADINGS = "overview-map-headings"
    MAP_TREE = "overview-tree"
    MAP_STRIP = "overview-map-strip"
    SEARCH_BOX = "overview-search-box"
    MAP_LEGEND = "overview-map-legend"
    MAP_EMPTY = "overview-map-empty"
    MAP_NOTICE = "overview-map-notice"
    COLOUR = "overview-colour"
    SIZE = "overview-size"
    ARRANGEMENT = "overview-arrangement"
    COUNT = "overview-count"
    X = "overview-x"
    Y = "overview-y"
    LOGS = "overview-logs"
    SCATTER = "overview-scatter"
    SCATTER_DRAWING = "overview-scatter-drawing"
    SCATTER_TITLE = "overview-scatter-title"
    SCATTER_NOTE = "overview-scatter-note"
    PLOT = "overview-plot"
    PLOT_FRAME = "overview-plot-frame"
    AXES = "overview-axes"
    PARALLEL = "overview-parallel"
    PARALLEL_SCENE = "overview-parallel-scene"
    FRONT = "overview-select-front"
    TAB = "overview-tab"
    TAB_LABEL = "overview-tab-label"
    PANELS = "overview-panels"
    FILTER = "overview-filter"
    FILTER_FIELDS = "overview-filter-fields"
    FILTER_ADD = "overview-filter-add"
    FILTER_CLEAR = "overview-filter-clear"
    FILTER_OPEN = "overview-filter-open"
    FILTER_EDITORS = "overview-filter-editors"
    FILTER_CHIPS = "overview-filter-chips"
    FILTER_COUNT = "overview-filter-count"
    FILTER_LABEL = "overview-filter-label"
    FILTERS = "overview-filters"
    HIDDEN = "overview-hidden"
    EVERYTHING = "overview-everything"
    EVERYTHING_SHOWN = "overview-everything-shown"
    AWAY = "overview-away"
    AWAY_LABEL = "overview-away-label"
    DETAILS = "overview-details"
    STATE = "overview-state"
    STAR = "overview-star"
    TAGS = "overview-tags"
    NOTE = "overview-note"
    SEEN = "overview-seen"
    STARRED = "overview-starred"
    MEASURE = "overview-measure-dialog"
    MEASURED = "overview-measured"
    MEASURE_ASKED = "overview-measure-asked"
    MEASURE_TEXT = "overview-measure-text"
    MEASURE_KIND = "overview-measure-kind"
    MEASURE_SPLIT = "overview-measure-split"
    MEASURE_PRECISION = "overview-measure-precision"
    MEASURE_INSTANCES = "overview-measure-instances"
    MEASURE_QUEUE = "overview-measure-queue"
    MEASURE_SUBMIT = "overview-measure-submit"
    ARCHIVE = "overview-archive"
    ARCHIVED = "overview-archived"
    MEASUREMENT = "overview-measurement"
    DRAWINGS = "overview-drawings"
    CHARTS = "overview-charts"
    DIFFERENCES = "overview-differences"
    TABLE = "overview-table"
    VIEWS = "overview-views"
    VIEW_LIST = "overview-view-list"
    VIEW_NAME = "overview-view-name"
    VIEW_SAVE = "overview-view-save"
    TABLE_STATE = "overview-table-state"
    TABLE_COMPARE = "overview-table-compare"
    COLUMNS = "overview-columns"
    DIFFERING = "overview-differing"
    CSV = "overview-csv"
    JSON = "overview-json"
    PARQUET = "overview-parquet"
    CSV_FILE = "overview-csv-file"
    ADDRESS = "overview-address"
    ASKED = "overview-asked"
    SCRIPT = "overview-script"

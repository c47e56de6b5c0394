"""Ids of the Queue page's components."""

from __future__ import annotations

from enum import StrEnum


class Ids(StrEnum):
    """Components that exist once.

    LIVE, LIVE_RUN ...: Stores with what the feeds `queue`, `queue-run` ... draw.
    EVERY: Store with whether all lines of a list that leaves some out are ticked: all that match are meant.
    OPEN: Store with the id of the run whose panel is open, None while it is closed.
    BULK: Store with the action that the dialog asks about and its runs. BATCH: Store with the ids of the runs
    that were changed together last and that the list follows, empty for none.
    EXPERIMENT: Store with the id of the experiment whose runs are shown, None for all. DESCRIBE: Store that
    opens the dialog for name and note.
    """

    TICK = "queue-tick"
    LIVE = "queue-live"
    LIVE_RUN = "queue-live-run"
    LIVE_LOG = "queue-live-log"
    LIVE_EXPERIMENTS = "queue-live-experiments"
    LIVE_EXPERIMENT = "queue-live-experiment"
    ASKED = "queue-asked"
    GRID = "queue-grid"
    SUMMARY = "queue-summary"
    BANNER = "queue-banner"
    WORKERS = "queue-workers"
    STATUSES = "queue-statuses"
    KINDS = "queue-kinds"
    PROJECT = "queue-project"
    TEXT = "queue-text"
    SHORT = "queue-short"
    NOTHING = "queue-nothing"
    CHANGES = "queue-changes"
    EVERY = "queue-every"
    HIDDEN = "queue-hidden"
    BULK = "queue-bulk"
    BATCH = "queue-batch"
    BATCH_BAR = "queue-batch-bar"
    BATCH_TEXT = "queue-batch-text"
    BATCH_CLOSE = "queue-batch-close"
    CANCEL = "queue-cancel"
    RETRY = "queue-retry"
    PRIORITY = "queue-priority"
    PRIORITY_MENU = "queue-priority-menu"
    CONFIRM = "queue-confirm"
    CONFIRM_TEXT = "queue-confirm-text"
    CONFIRM_YES = "queue-confirm-yes"
    CONFIRM_NO = "queue-confirm-no"
    ACTED = "queue-acted"
    OPEN = "queue-open"
    PANEL = "queue-panel"
    PANEL_BODY = "queue-panel-body"
    SHOW = "queue-show"
    RUNS = "queue-runs"
    EXPERIMENTS = "queue-experiments"
    EXPERIMENT = "queue-experiment"
    EXPERIMENT_BAR = "queue-experiment-bar"
    DESCRIBE = "queue-describe"
    DESCRIPTION = "queue-description"
    DESCRIPTION_NAME = "queue-description-name"
    DESCRIPTION_NOTE = "queue-description-note"
    DESCRIPTION_SAVE = "queue-description-save"
    PANEL_CLOSE = "queue-panel-close"
    PANEL_CANCEL = "queue-panel-cancel"
    PANEL_RETRY = "queue-panel-retry"
    LOG = "queue-log"
    ADDRESS = "queue-address"


class PatternIds(StrEnum):
    """`type` of the ids of components that exist once per status or priority."""

    COUNT = "queue-count"  # with `status`
    PRIORITY = "queue-set-priority"  # with `priority`
    DRAIN = "queue-drain"  # with `worker` and `undo`
    EXPERIMENT = "queue-experiment-act"  # with `act` and `number`

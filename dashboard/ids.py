"""Ids of the shell's parts that views may read or write; a view keeps its own ids in its module."""

from __future__ import annotations

from enum import StrEnum


class ShellIds(StrEnum):
    """Parts that are there on every page.

    PROJECT: Store with the slug of the project in the address, None outside of projects.
    SCHEME: Store with "light" or "dark".
    QUEUE_FROM: Store that opens the new-experiment drawer with `{"model_ids": [...], "at": <ms>}`, and with
        "recipe" if it is to hold one: steps `{"technique": ..., "parameters": {...}, "include": [...]}`.
    UNDO: Store that a press on "Undo" in a notification fills; see `dashboard.components.undo`.
    TITLE: Store with what the browser's tab says, e.g. "Queue: Digits".
    What `assets/live.js` learns (`dashboard.shell.pulse`):
    REVISION: Store with slug and revision of the project that is shown.
    KNOWN_PROJECTS: Store with the names of all projects. LIVE_WORKERS: with the ids of the workers that run.
    BEGINNING: the line at the bottom that says what goes on in the project that is shown.
    BROKER: the line over it that says that workers do not hear of runs.
    AWAY: the line over it that says why pages cannot follow, while server or database are away.
    EXAMPLE: the button that queues the example project, where there is none.
    NOTIFICATIONS: its `sendNotifications` takes a list of `dashboard.components.notification` values.
    ACCOUNT: the menu of who is signed in. ROLE: Store with the role and the controls that it may not use.
    SHARE: the button that opens the panel with SHARE_DAYS, SHARE_MAKE, SHARE_LINK and SHARE_TOLD.
    FREEZE: the button there that downloads a frozen copy, with thumbnails where FREEZE_PICTURES says so.
    VERSION: Store with the version of this software.
    LOCATION: write its `href` to go elsewhere without reloading the page.
    """

    PROVIDER = "provider"
    LOCATION = "location"
    PAGE = "page"
    PROJECT = "project"
    TITLE = "title"
    SCHEME = "scheme"
    SCHEME_TOGGLE = "scheme-toggle"
    PROJECTS = "projects"
    PROJECT_NAME = "project-name"
    PROJECT_SWITCH = "project-switch"
    QUEUE_BADGE = "queue-badge"
    NEW_EXPERIMENT = "new-experiment-open"
    QUEUE_FROM = "queue-from"
    UNDO = "undo"
    NOTIFICATIONS = "notifications"
    REVISION = "shell-revision"
    KNOWN_PROJECTS = "shell-known-projects"
    LIVE_WORKERS = "shell-live-workers"
    BEGINNING = "shell-beginning"
    BROKER = "shell-broker"
    AWAY = "shell-away"
    EXAMPLE = "shell-example"
    ACCOUNT = "shell-account"
    ROLE = "shell-role"
    SHARE = "shell-share"
    SHARE_DAYS = "shell-share-days"
    SHARE_MAKE = "shell-share-make"
    SHARE_LINK = "shell-share-link"
    SHARE_TOLD = "shell-share-told"
    FREEZE = "shell-freeze"
    FREEZE_PICTURES = "shell-freeze-pictures"
    FREEZE_TOLD = "shell-freeze-told"
    VERSION = "shell-version"

"""Ids of the shell's parts that views may read or write; a view keeps its own ids in its module."""

from __future__ import annotations

from enum import StrEnum


class ShellIds(StrEnum):
    """Parts that are there on every page.

    PROJECT: Store with the slug of the project in the address, None outside of projects.
    SCHEME: Store with "light" or "dark".
    QUEUE_FROM: Store that opens the new-experiment drawer with `{"model_ids": [...], "at": <ms>}`.
    UNDO: Store that a press on "Undo" in a notification fills; see `dashboard.components.undo`.
    TITLE: Store with what the browser's tab says, e.g. "Queue: Digits".
    NOTIFICATIONS: its `sendNotifications` takes a list of `dashboard.components.notification` values.
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
    QUEUE_BADGE = "queue-badge"
    NEW_EXPERIMENT = "new-experiment-open"
    QUEUE_FROM = "queue-from"
    UNDO = "undo"
    NOTIFICATIONS = "notifications"
    TICK = "shell-tick"

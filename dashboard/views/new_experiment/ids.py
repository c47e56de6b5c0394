"""Ids of the New experiment drawer's components."""

from __future__ import annotations

from enum import StrEnum


class Ids(StrEnum):
    """Components that exist once.

    DRAFT: Store with the recipes as `draft.Draft.to_json` writes them, as of the last change of shape.
    PRESSES: Store with the presses on buttons of the editor, as `draft.read_presses` reads them.
    LOOKED: place where the browser says that it is time to look for new plug-ins.
    WORKERS: Store with the ids of workers, written only while the drawer is open and waits for some.
    TAKE, COMPARED, FORGET: Stores with the recipe of the library that was pressed last: `kind`, `name`.
    EACH: what unfolds to EACH_MODEL, a line for each model to be made; it stays as unfolded as it is.
    TOUCHED: Store written a moment after the last key stroke; the preview listens to it.
    """

    LOOKED = "new-experiment-looked"
    DRAWER = "new-experiment-drawer"
    DRAFT = "new-experiment-draft"
    PRESSES = "new-experiment-presses"
    TOUCHED = "new-experiment-touched"
    WORKERS = "new-experiment-workers"
    PROJECT = "new-experiment-project"
    BASES = "new-experiment-bases"
    NAME = "new-experiment-name"
    NOTE = "new-experiment-note"
    SEEDS = "new-experiment-seeds"
    QUEUE = "new-experiment-queue"
    PRIORITY = "new-experiment-priority"
    GIVE_UP = "new-experiment-give-up"
    CONFIRMED = "new-experiment-confirmed"
    EDITOR = "new-experiment-editor"
    NOTICE = "new-experiment-notice"
    PREVIEW = "new-experiment-preview"
    EACH = "new-experiment-each"
    EACH_MODEL = "new-experiment-each-model"
    SUBMIT = "new-experiment-submit"
    CLEAR = "new-experiment-clear"
    TAKING = "new-experiment-taking"
    KEEPING = "new-experiment-keeping"
    TAKE = "new-experiment-take"
    COMPARED = "new-experiment-compared"
    FORGET = "new-experiment-forget"
    LIBRARY = "new-experiment-library"
    LIBRARY_LIST = "new-experiment-library-list"
    LIBRARY_FILE = "new-experiment-library-file"
    LIBRARY_WRONG = "new-experiment-library-wrong"
    KEEP = "new-experiment-keep"
    KEEP_NAME = "new-experiment-keep-name"
    KEEP_NOTE = "new-experiment-keep-note"
    KEEP_SAVE = "new-experiment-keep-save"
    KEEP_FILE = "new-experiment-keep-file"
    DOWNLOAD = "new-experiment-download"
    DIFFERENCE = "new-experiment-difference"


class PatternIds(StrEnum):
    """`type` of the ids of components that exist once per recipe, step or parameter."""

    EDIT = "new-experiment-edit"  # with `edit` and the `uid` of a recipe or step
    TECHNIQUE = "new-experiment-technique"  # with `uid`
    VALUE = "new-experiment-value"  # with `uid` and the parameter's `name`
    VALUE_ROW = "new-experiment-value-row"  # around the input of the same `uid` and `name`
    USED_WITH = "new-experiment-used-with"  # Store with the values of others beside which a parameter counts
    RULE = "new-experiment-rule"  # with `uid` and the rule's `name`
    # the table of modules below the rules of a step, each with its `uid`
    MODULES_SHOWN = "new-experiment-modules-shown"  # counts how often the table was unfolded
    MODULES = "new-experiment-modules"  # the grid
    MODULES_ABOUT = "new-experiment-modules-about"
    MODULES_SEARCH = "new-experiment-modules-search"
    MODULES_REACH = "new-experiment-modules-reach"  # Store, a figure of `Reach` per line
    MODULES_COUNT = "new-experiment-modules-count"
    MODULES_ONLY = "new-experiment-modules-only"
    MODULES_NEVER = "new-experiment-modules-never"
    MODULES_DIFFERENT = "new-experiment-modules-different"
    # the recipe library
    VERSION = "new-experiment-version"  # the choice of a version, with `name`

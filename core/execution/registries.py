"""Fills the registries: the product's own modules, then plug-ins.

Plug-ins are the Python files of a folder, and entry points of installed packages in the group
`compress_and_compare.plugins`.
"""

from __future__ import annotations

import importlib.util
import logging
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path

from core.compression.base import techniques
from core.data.base import data_sources
from core.domain.catalogue import PluginProblem
from core.evaluation.answer_functions import answer_functions
from core.evaluation.base import tasks
from core.models.base import model_sources
from core.models.factories import factories_undone_on_failure
from core.registry import discover

log = logging.getLogger(__name__)

_PACKAGES = (
    "core.compression.techniques",
    "core.models.sources",
    "core.data.sources",
    "core.evaluation.tasks",
    "core.execution.jobs",
)

ENTRY_POINTS = "compress_and_compare.plugins"
PLUGIN_MODULES = "compress_compare_plugins"  # the package that files of the plug-in folder seem to be in
_packages: set[str] = set()  # that entry points are in, also those that could not be loaded


def load_registries(plugins_dir: Path | None = None) -> list[PluginProblem]:
    """Import everything that registers itself; return what was wrong with plug-ins, each named.

    Errors in the product's own modules propagate.
    """
    load_built_in()
    installed = list(entry_points(group=ENTRY_POINTS))
    _packages.update(found.value.partition(":")[0].partition(".")[0].strip() for found in installed)
    loaders = {f"{found.name} = {found.value}": found.load for found in installed}
    problems = [_tried(name, load) for name, load in sorted(loaders.items())]
    if plugins_dir is not None:
        problems += _from_folder(plugins_dir)
    return [problem for problem in problems if problem is not None]


def load_built_in() -> None:
    """Import the product's own techniques, sources, tasks and jobs."""
    for package in _PACKAGES:
        discover(package)


def is_plugin(module: str) -> bool:
    """Return whether a module is a plug-in's: a file of the folder, or in a package with an entry point."""
    package = module.partition(".")[0]
    return package == PLUGIN_MODULES or package in _packages - {"core"}


def _from_folder(folder: Path) -> list[PluginProblem | None]:
    if not folder.is_dir():
        return [PluginProblem(str(folder), "The plug-in folder does not exist.")]
    files = [path for path in sorted(folder.glob("*.py")) if not path.name.startswith("_")]
    return [_tried(path.name, partial(_import, path)) for path in files]


def _tried(name: str, load: Callable[[], object]) -> PluginProblem | None:
    """Load a plug-in; return what went wrong, whatever it was. Then nothing of it stays registered."""
    try:
        with ExitStack() as undone:
            for registry in (techniques, model_sources, data_sources, tasks, answer_functions):
                undone.enter_context(registry.undone_on_failure())
            undone.enter_context(factories_undone_on_failure())
            load()
    except BaseException as error:  # also what would end this process: sys.exit, KeyboardInterrupt
        log.exception("Plug-in not loaded", extra={"action": "plugin_failed", "plugin": name})
        return PluginProblem(name, f"{type(error).__name__}: {error}".removesuffix(": "))
    return None


def _import(path: Path) -> None:
    name = f"{PLUGIN_MODULES}.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError("it is not a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise

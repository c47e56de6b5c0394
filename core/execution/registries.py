"""Fills the registries: the product's own modules, then those of the plug-in folder."""

from __future__ import annotations

import importlib.util
import logging
import sys
from dataclasses import dataclass
from pathlib import Path

from core.registry import discover

log = logging.getLogger(__name__)

_PACKAGES = (
    "core.compression.techniques",
    "core.models.sources",
    "core.data.sources",
    "core.evaluation.tasks",
    "core.execution.jobs",
)


@dataclass(frozen=True)
class PluginProblem:
    """A plug-in module that could not be used; the rest goes on without it."""

    path: Path
    message: str


def load_registries(plugins_dir: Path | None = None) -> list[PluginProblem]:
    """Import everything that registers itself; return what was wrong with plug-ins, each named.

    Errors in the product's own modules propagate.
    """
    for package in _PACKAGES:
        discover(package)
    if plugins_dir is None:
        return []
    if not plugins_dir.is_dir():
        return [PluginProblem(plugins_dir, "The plug-in folder does not exist.")]
    found = (_load(path) for path in sorted(plugins_dir.glob("*.py")) if not path.name.startswith("_"))
    return [problem for problem in found if problem is not None]


def _load(path: Path) -> PluginProblem | None:
    name = f"compress_compare_plugins.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        return PluginProblem(path, "It is not a Python module.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        sys.modules.pop(name, None)
        log.exception("Plug-in not loaded", extra={"action": "plugin_failed", "plugin": str(path)})
        return PluginProblem(path, f"{type(error).__name__}: {error}")
    return None

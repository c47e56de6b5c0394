"""Imports every module of the light half; with `--without-heavy`, behind a guard.

Not a test module: `test_light_half.py` runs it in an interpreter of its own. It prints how many modules
it imported, what heavy packages that brought, and how many threads there are now.
"""

import importlib
import pkgutil
import sys
import threading
from collections.abc import Iterable, Iterator
from importlib.machinery import ModuleSpec

LIGHT = (
    "core.artifacts",
    "core.cli",
    "core.client",
    "core.comparison",
    "core.domain",
    "core.errors",
    "core.logs",
    "core.persistence",
    "core.ports",
    "core.registry",
    "core.services",
    "core.settings",
    "dashboard",
)
OF_EXTRAS = ("core.mcp",)  # light as well, but each needs an extra of its own
HEAVY = ("torch", "torchvision", "transformers", "sklearn", "safetensors")
SCRIPTS = ("core.persistence.migrations",)  # Alembic runs these; they are no modules


class Guard:
    """Stands first among the finders and lets nothing heavy pass."""

    @staticmethod
    def find_spec(name: str, *_: object) -> ModuleSpec | None:
        """Refuse the heavy packages; know nothing of others."""
        if name.partition(".")[0] in HEAVY:
            raise ImportError(f"the light half imported {name}")
        return None


def light_modules(packages: Iterable[str]) -> Iterator[str]:
    """Yield the names of all modules of light packages, importing packages on the way."""
    for name in packages:
        module = importlib.import_module(name)
        yield name
        for found in pkgutil.walk_packages(getattr(module, "__path__", []), f"{name}.", onerror=_raise):
            if not found.name.startswith(SCRIPTS):
                yield found.name


def _raise(_: str) -> None:
    raise  # noqa: PLE0704  # pkgutil calls this while the import error is being handled


if __name__ == "__main__":
    light = LIGHT
    if "--without-heavy" in sys.argv:
        sys.meta_path.insert(0, Guard)  # type: ignore[arg-type]
        light += OF_EXTRAS
    names = [importlib.import_module(name).__name__ for name in light_modules(light)]
    reached = sorted(package for package in HEAVY if package in sys.modules)
    print(f"{len(names)} modules; heavy: {', '.join(reached) or 'none'}; threads: {threading.active_count()}")

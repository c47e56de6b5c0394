"""`python -m benchmarks [FIGURE ...]`: measures and prints one JSON line per figure.

Every module of this folder may offer `FIGURES`, a mapping of names to functions without arguments. A
function returns a mapping with `value`, `unit`, `baseline`, `ratio` and `runs`. `IN_BROWSER` names those
figures of a module that are about a browser.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import benchmarks
from core.errors import CompressCompareError, UnknownName

Measurement = Callable[[], Mapping[str, Any]]
Clock = Callable[[], float]
KEYS = ("value", "unit", "baseline", "ratio", "runs")


def main(arguments: Sequence[str]) -> int:
    """Print the figures asked for, or all; return 1 if one could not be measured, 2 if one is unknown."""
    try:
        chosen = choose(discover(), arguments)
    except UnknownName as error:
        print(error, file=sys.stderr)
        return 2
    visual = in_browser()
    return max([report(name, chosen[name], yardsticks(name in visual)) for name in chosen], default=0)


def discover() -> dict[str, Measurement]:
    """Return every figure of every module of this folder, by name.

    Raises:
        TypeError: two modules offer the same figure.
    """
    figures: dict[str, Measurement] = {}
    for name in _modules():
        offered = getattr(importlib.import_module(f"benchmarks.{name}"), "FIGURES", {})
        if twice := figures.keys() & offered.keys():
            raise TypeError(f"benchmarks/{name}.py offers {', '.join(sorted(twice))} once more")
        figures.update(offered)
    return figures


def in_browser() -> frozenset[str]:
    """Return the names of the figures that are about a browser."""
    modules = (importlib.import_module(f"benchmarks.{name}") for name in _modules())
    return frozenset(name for module in modules for name in getattr(module, "IN_BROWSER", ()))


def yardsticks(visual: bool) -> dict[str, Clock]:
    """Return what to measure just before and after a figure: a fixed workload in Python, or in both."""
    from benchmarks.yardstick import browser_ms, python_ms

    return {"python": python_ms, **({"browser": browser_ms} if visual else {})}


def choose(figures: Mapping[str, Measurement], names: Sequence[str]) -> dict[str, Measurement]:
    """Return the named figures, or all for no names.

    A name also stands for all figures below it: `queue` for `queue.overhead_s.embedded` and its like.

    Raises:
        UnknownName: with figures of a similar name.
    """
    if not names:
        return dict(figures)
    chosen: dict[str, Measurement] = {}
    for name in names:
        below = {
            figure: measure for figure, measure in figures.items() if f"{figure}.".startswith(f"{name}.")
        }
        if not below:
            raise UnknownName("figure", name, figures)
        chosen.update(below)
    return chosen


def _modules() -> list[str]:
    found = (module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    return sorted(name for name in found if name != "__main__")


def report(name: str, measure: Measurement, yardsticks: Mapping[str, Clock]) -> int:
    """Measure, print the line, and return the exit status; a figure that fails does not stop the others."""
    try:
        before = {where: clock() for where, clock in yardsticks.items()}
        found = measure()
        yardstick = {where: [before[where], clock()] for where, clock in yardsticks.items()}
    except CompressCompareError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    line = {"figure": name} | {key: found[key] for key in KEYS}
    line |= {"yardstick_ms": yardstick, "machine": machine()}
    print(json.dumps(line), flush=True)
    return 0


@cache
def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    return {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "load": round(os.getloadavg()[0], 2),
    }


def processor() -> str:
    """Return the name of the processor as Linux tells it, or what Python knows."""
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What a client returns: lists of models as frames, and experiments to wait for; both show in notebooks."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.client.transport import Transport

Frame = dict[str, NDArray[Any]]
"""Columns of equal length by name; `pandas.DataFrame(frame)` and `polars.DataFrame(frame)` take it."""
_MOST_SHOWN = 50


class Models(list[dict[str, Any]]):
    """Models as the API gives them, `id`, `name`, `parents`, `step`, `metrics` ...; shown as a table."""

    def frame(self) -> Frame:
        """Return a column per parameter (`parameter.NAME`) and metric; NaN where a model has no number."""
        rows = [_row(model) for model in self]
        names = dict.fromkeys(name for row in rows for name in row)
        return {name: column([row.get(name) for row in rows]) for name in names}

    def named(self, name: str) -> dict[str, Any]:
        """Return the only model of a name; `LookupError` if there is none or more than one."""
        found = [model for model in self if model["name"] == name]
        if len(found) != 1:
            raise LookupError(f"{len(found)} models are named {name!r}")
        return found[0]

    def _repr_html_(self) -> str:
        metrics = dict.fromkeys(name for model in self for name in model["metrics"])
        cells = [
            [
                model["id"],
                model["name"],
                model["status"],
                *(_short(model["metrics"].get(name)) for name in metrics),
            ]
            for model in self[:_MOST_SHOWN]
        ]
        return html_table(["id", "name", "status", *metrics], cells, len(self) - _MOST_SHOWN)


@dataclass
class Experiment:
    """A submitted experiment. models: ids of all that it stands for, new or reused."""

    id: int
    models: list[int]
    state: dict[str, Any]
    _transport: Transport

    def refresh(self) -> dict[str, Any]:
        """Ask how far it is, and return it."""
        self.state = self._transport.get(f"/experiments/{self.id}")
        return self.state

    def wait(
        self,
        timeout_s: float = math.inf,
        *,
        every_s: float = 2.0,
        tell: Callable[[float], object] | None = None,
    ) -> dict[str, Any]:
        """Wait until nothing is left to do; return what became of it, `TimeoutError` if that takes longer.

        tell: called with the share of runs that ended well, 0 to 1, at each look.
        """
        deadline = time.monotonic() + timeout_s
        while self.refresh()["state"] in {"queued", "running"}:
            if tell is not None:
                tell(self.state["progress"])
            if time.monotonic() + every_s > deadline:
                raise TimeoutError(f"Experiment {self.id} is {self.state['state']} after {timeout_s:g} s")
            time.sleep(every_s)
        return self.state

    def cancel(self) -> list[int]:
        """Cancel its runs that have not ended; return their ids."""
        return list(self._transport.send("POST", f"/experiments/{self.id}/cancel")["ids"])

    def retry(self) -> list[int]:
        """Try its unsuccessful runs again; return the ids that are back in the queue."""
        return list(self._transport.send("POST", f"/experiments/{self.id}/retry")["ids"])

    def _repr_html_(self) -> str:
        runs = ", ".join(f"{count} {status}" for status, count in self.state["runs"].items())
        name = self.state["experiment"]["name"] or f"Experiment {self.id}"
        told = f"{self.state['state']}, {len(self.models)} models ({runs})"
        return f"<p><b>{escape(name)}</b>: {escape(told)}</p>"


def column(values: Sequence[Any]) -> NDArray[Any]:
    """Return values as an array: of floats if all are numbers or absent, of bools, else of objects."""
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, bool) for value in values):
        return np.array(values, bool)
    if known and all(_number(value) for value in known):
        return np.array([math.nan if value is None else float(value) for value in values])
    found = np.empty(len(values), object)
    found[:] = values
    return found


def html_table(names: Iterable[object], rows: Iterable[Iterable[object]], more: int) -> str:
    """Return a table for notebooks; every text is escaped."""
    head = "".join(f"<th>{escape(str(name))}</th>" for name in names)
    lines = ["".join(f"<td>{escape(str(cell))}</td>" for cell in row) for row in rows]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    tail = f"<p>and {more:,} more</p>" if more > 0 else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{tail}"


def _number(value: Any) -> bool:
    return (
        value in {"NaN", "Infinity", "-Infinity"}
        if isinstance(value, str)
        else isinstance(value, (int, float))
    )


def _row(model: Mapping[str, Any]) -> dict[str, Any]:
    step = model["step"] or {}
    row = {name: model[name] for name in ("id", "name", "status", "seed", "origin", "author")}
    row |= {"parent": next(iter(model["parents"]), None), "technique": step.get("technique")}
    row |= {f"parameter.{name}": value for name, value in step.get("parameters", {}).items()}
    for name, value in model["metrics"].items():
        row[name] = value
        low, high = model["figures"][name]["interval"] or (None, None)
        row |= {} if low is None else {f"{name}.low": low, f"{name}.high": high}
    return row


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else "" if value is None else str(value)

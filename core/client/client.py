"""The client: one object for one server."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.client.logged import ModelLog
from core.client.tables import Experiment, Frame, Models, column
from core.client.transport import Transport, part

_LOCAL = "http://127.0.0.1:8050"
Step = tuple[str, Mapping[str, Any]]


class Client:
    """Talks to a server at `url`, by default that of `CNC_URL`, else of this machine.

    token: from the page *API tokens*, by default that of `CNC_TOKEN`; none is needed where nobody signs in.
    Methods raise `ApiError` with every problem, and `ConnectionError` if the server does not answer.
    """

    def __init__(self, url: str | None = None, token: str | None = None) -> None:
        address = url or os.environ.get("CNC_URL") or _LOCAL
        self._transport = Transport(address, token or os.environ.get("CNC_TOKEN"))

    def projects(self) -> list[dict[str, Any]]:
        """Return every project."""
        return list(self._transport.every("/projects"))

    def project(self, project: str) -> dict[str, Any]:
        """Return a project by its short name, with its metrics and its protocol."""
        return dict(self._transport.get(f"/projects/{part(project)}"))

    def create_project(self, name: str, description: str = "") -> dict[str, Any]:
        """Create a project for models that are logged, and return it; its `slug` is its short name."""
        return dict(self._transport.send("POST", "/projects", {"name": name, "description": description}))

    def models(self, project: str, **only: Any) -> Models:
        """Return the models of a project, parents first; only: `status`, `experiment`, `tag`."""
        return Models(self._transport.every(f"/projects/{part(project)}/models", **only))

    def runs(self, **only: Any) -> list[dict[str, Any]]:
        """Return runs, oldest first; only: `project`, `status`, `kind`, `model`, `experiment`."""
        return list(self._transport.every("/runs", **only))

    def measurements(self, model: int) -> list[dict[str, Any]]:
        """Return the evaluations and profiles of a model, oldest first."""
        return list(self._transport.every(f"/models/{model}/measurements"))

    def layers(self, model: int, kind: str = "weights", *, baseline: int | None = None) -> Frame:
        """Return statistics of a model's layers as columns: weights, activations, cost, storage ..."""
        found = self._transport.get(f"/models/{model}/layers/{part(kind)}", baseline=baseline)
        return {name: column(values) for name, values in found["columns"].items()}

    def compare(self, models: Sequence[int], baseline: int | None = None) -> dict[str, Any]:
        """Compare every metric of models with a baseline: changes, intervals, verdicts."""
        return dict(self._transport.get("/comparisons/metrics", model=list(models), baseline=baseline))

    def predictions(
        self, models: Sequence[int], baseline: int | None = None, *, by: str | None = None
    ) -> dict[str, Any]:
        """Compare what models predict, by group if a column such as `class` is named."""
        query = {"model": list(models), "baseline": baseline, "by": by}
        return dict(self._transport.get("/comparisons/predictions", **query))

    def sentence(self, models: Sequence[int]) -> str:
        """Return what models show, in one sentence."""
        return str(self._transport.get("/comparisons/sentence", model=list(models))["sentence"])

    def preview(
        self, project: str, base: Any, recipes: Sequence[Sequence[Any]], **more: Any
    ) -> dict[str, Any]:
        """Return what `submit` would do; nothing is changed."""
        path = f"/projects/{part(project)}/experiments/preview"
        return dict(self._transport.send("POST", path, _experiment(base, recipes, more)))

    def submit(self, project: str, base: Any, recipes: Sequence[Sequence[Any]], **more: Any) -> Experiment:
        """Queue an experiment.

        base: id or name of a model, or a list of them. recipes: each a list of steps, `(technique,
        parameters)`; a list of values for a parameter sweeps over them. more: `name`, `note`, `seeds`,
        `queue`, `priority`, `confirmed`.
        """
        path = f"/projects/{part(project)}/experiments"
        made = self._transport.send("POST", path, _experiment(base, recipes, more), key=uuid.uuid4().hex)
        state = made["experiment"]
        return Experiment(state["experiment"]["id"], made["models"], state, self._transport)

    def experiment(self, experiment: int) -> Experiment:
        """Return an experiment by its id; `models` are those that it made or will make."""
        state = self._transport.get(f"/experiments/{experiment}")
        owned = self.models(state["experiment"]["project"], experiment=experiment)
        return Experiment(experiment, [int(one["id"]) for one in owned], state, self._transport)

    def cancel(self, runs: Sequence[int]) -> list[int]:
        """Cancel runs that have not ended; return the ids that were."""
        return list(self._transport.send("POST", "/runs/cancel", {"ids": list(runs)})["ids"])

    def retry(self, runs: Sequence[int]) -> list[int]:
        """Try unsuccessful runs again; return the ids that are back in the queue."""
        return list(self._transport.send("POST", "/runs/retry", {"ids": list(runs)})["ids"])

    def export(self, project: str, path: str | Path) -> Path:
        """Write all models of a project to a file: `.csv`, `.json` or `.parquet`; return its path."""
        file = Path(path)
        wanted = f"/projects/{part(project)}/models/export"
        file.write_bytes(self._transport.raw(wanted, format=file.suffix.removeprefix(".")))
        return file

    def model(
        self, name: str, *, project: str, parent: Any = None, step: Step | None = None, **more: Any
    ) -> ModelLog:
        """Begin to log a model that your own code made.

        parent: id of the model that it was made from, or the model; step: by what, `(technique, parameters)`;
        a base has neither. more: `seed`, `note`, `tags`.
        """
        about: dict[str, Any] = {"name": name, **more}
        if parent is not None:
            about["parent"] = _id(parent)
        if step is not None:
            about["step"] = {"technique": step[0], "parameters": dict(step[1])}
        return ModelLog(self._transport, project, about)

    def __repr__(self) -> str:
        return f"Client({self._transport.url!r})"


def _id(model: Any) -> int:
    if isinstance(model, Mapping):
        return int(model["id"])
    return int(model.id) if isinstance(model, ModelLog) else int(model)


def _experiment(base: Any, recipes: Sequence[Sequence[Any]], more: Mapping[str, Any]) -> dict[str, Any]:
    bases = list(base) if isinstance(base, (list, tuple)) else [base]
    steps = [[_step(one) for one in recipe] for recipe in recipes]
    return {
        "base": [one if isinstance(one, str) else _id(one) for one in bases],
        "recipes": steps,
        **more,
    }


def _step(step: Any) -> dict[str, Any]:
    return dict(step) if isinstance(step, Mapping) else {"technique": step[0], "parameters": dict(step[1])}

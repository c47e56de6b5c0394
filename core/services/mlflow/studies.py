"""Read the runs of an MLflow experiment as a study: runs become models, with the lineage that tags tell."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.domain.access.caller import Role
from core.domain.metric import Direction
from core.domain.studies.document import study_of
from core.errors import InvalidInput
from core.services.access.roles import needs
from core.services.application import Application
from core.services.imports.studies import Imported, import_study
from core.services.mlflow.handover import DIRECTIONS, TAG, TECHNIQUE
from core.services.mlflow.rest import NOTE, PARENT, RUN_NAME, MlflowRun, MlflowServer

_OURS = frozenset({TECHNIQUE, "seed", "source"})
_RUN = "run"
_ENDS = (".low", ".high")


@dataclass(frozen=True)
class StudyChoice:
    """How runs are read. parent_tag: names the run that one was made from. name: of the project.

    higher, lower: metrics whose direction is known; those of others are guessed from their names, and said.
    """

    experiment: str
    parent_tag: str = PARENT
    name: str = ""
    higher: tuple[str, ...] = ()
    lower: tuple[str, ...] = ()


@needs(Role.EDITOR)
def import_experiment(app: Application, server: MlflowServer, choice: StudyChoice) -> Imported:
    """Make a project of the runs of an experiment.

    Raises:
        NotFound: the server has no experiment of that name.
        InvalidInput: it has no runs, a metric that was named is in none of them, or the project's name is
            taken.
        Unavailable, Misconfigured: the server does not answer, or refuses.
    """
    runs = list(server.runs(server.experiment(choice.experiment)))
    if not runs:
        message = f"The experiment {choice.experiment} has no runs."
        raise InvalidInput.of("experiment", message, "Choose another one.")
    document, noted = document_of(runs, choice)
    study = study_of(document, noted)
    origin = f"the MLflow experiment {choice.experiment}"
    return import_study(app, study, name=choice.name or choice.experiment[:100], origin=origin)


def document_of(runs: Sequence[MlflowRun], choice: StudyChoice) -> tuple[dict[str, Any], list[str]]:
    """Return the runs as the content of a `models.json`, and what was odd about them."""
    ids = {run.id for run in runs}
    directions = dict.fromkeys(choice.higher, Direction.HIGHER)
    directions |= dict.fromkeys(choice.lower, Direction.LOWER)
    measured = dict.fromkeys(name for run in runs for name in run.metrics if not _is_end(name, run.metrics))
    if unknown := sorted(directions.keys() - measured.keys()):
        message = f"No run has a metric {unknown[0]!r}."
        raise InvalidInput.of("higher", message, f"The runs have: {', '.join(sorted(measured)[:20])}.")
    known = {name: word for run in runs for name, word in _told(run).items()}
    known |= {name: direction.value for name, direction in directions.items()}
    metrics = [{"name": name} | ({"direction": known[name]} if name in known else {}) for name in measured]
    models = [_model(run, ids, choice.parent_tag) for run in runs]
    outside = sum(
        bool(run.tags.get(choice.parent_tag)) and run.tags[choice.parent_tag] not in ids for run in runs
    )
    noted = (
        [f"{outside:,} runs name a parent that is not in the experiment; they start lineages"]
        if outside
        else []
    )
    running = sum(run.status in {"RUNNING", "SCHEDULED"} for run in runs)
    noted += [f"{running:,} runs had not ended; their last values were taken"] if running else []
    named = dict.fromkeys(model["operation"]["name"] for model in models if model["operation"])
    operations = [{"name": name} for name in named]
    return {"operations": operations, "metrics": metrics, "models": models}, noted


def _model(run: MlflowRun, ids: Collection[str], parent_tag: str) -> dict[str, Any]:
    parent = run.tags.get(parent_tag, "")
    base = parent if parent in ids and parent != run.id else None
    params = {name: _value(text) for name, text in run.params.items() if name not in _OURS}
    technique = run.params.get(TECHNIQUE)
    made = technique or base or (params and "source" not in run.params)
    operation: dict[str, Any] | None
    operation = {"name": technique or _RUN, "parameters": params} if made else None
    seed = _value(run.params.get("seed", "0"))
    if operation is not None and isinstance(seed, int):
        operation["seed"] = seed
    tags = [tag for tag in run.tags.get(f"{TAG}tags", "").split(", ") if tag]
    return {
        "id": run.id,
        "name": run.tags.get(RUN_NAME, ""),
        "base": base,
        "teacher": _teacher(run, ids),
        "operation": operation,
        "tags": tags,
        "note": run.tags.get(NOTE, ""),
        "metrics": {name: value for name, value in run.metrics.items() if not _is_end(name, run.metrics)},
    }


def _told(run: MlflowRun) -> Mapping[str, str]:
    """Return the directions of metrics that a run of this product brings along."""
    try:
        told = json.loads(run.tags.get(DIRECTIONS, "{}"))
    except ValueError:
        return {}
    words = set(Direction)
    return {str(name): word for name, word in told.items() if word in words} if isinstance(told, dict) else {}


def _teacher(run: MlflowRun, ids: Collection[str]) -> str | None:
    found = run.tags.get(f"{TAG}teacher", "")
    return found if found in ids and found != run.id else None


def _is_end(name: str, metrics: Mapping[str, float]) -> bool:
    """Return whether a value is an end of another's interval, as `hand_over` writes them."""
    return name.endswith(_ENDS) and name.rpartition(".")[0] in metrics


def _value(text: str) -> Any:
    """Return a parameter as the number or truth value that its text is; other texts as they are."""
    try:
        value = json.loads(text.lower() if text in {"True", "False"} else text)
    except ValueError:
        return text
    return value if isinstance(value, (bool, int, float)) and math.isfinite(value) else text

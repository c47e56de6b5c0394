"""What editors do through the API: submit, cancel, retry, annotate, delete, import, and log models."""

from __future__ import annotations

from typing import Annotated, Any

from flask import request
from pydantic import Field
from typing_extensions import TypedDict

from core.domain.access.caller import Role
from core.domain.ids import ExperimentId, ModelId, RunId
from core.domain.queue.experiment import Plan
from core.errors import InvalidInput
from core.services.access.once import Once
from core.services.application import Application
from core.services.experiments import experiments, lifecycle
from core.services.models import models
from core.services.models.annotations import annotate
from core.services.projects import projects
from core.services.queue import runs
from core.services.recipes.recipe_files import read_request
from core.services.rows.things import ModelRow, StepRow, model_row, step_row
from dashboard.api.experiments import ExperimentState, state_row
from dashboard.api.routes import Given, Routes
from dashboard.api.selecting import SampleIn, SearchIn

routes = Routes("changes")
_Id = Annotated[int, Field(ge=1, le=2**53)]
_Text = Annotated[str, Field(max_length=10_000)]


class StepIn(Given):
    """One technique. A list of values for a parameter sweeps over them."""

    technique: str = Field(max_length=200)
    parameters: dict[str, Any] = Field({})
    include: list[str] = Field([], description="Regular expressions; only layers that match.")
    exclude: list[str] = Field([], description="Regular expressions; not layers that match.")
    overrides: dict[str, dict[str, Any]] = Field({}, description="Other parameters by expression.")


class ExperimentIn(Given):
    """Models to start from, recipes, and seeds: a recipe file as JSON."""

    base: list[int | str] = Field(min_length=1, max_length=1000, description="Names or ids of models.")
    recipes: list[list[StepIn]] = Field(min_length=1, max_length=1000)
    name: str = Field("", max_length=200)
    note: _Text = ""
    seeds: list[int] = Field([0], max_length=1000)
    queue: str = Field("cpu", max_length=200)
    priority: int = 0
    give_up_margin: float | None = Field(
        None, description="Skip what follows models that miss a budget on quality by more; 0.05: 5 points."
    )
    sample: SampleIn | None = Field(None, description="Make so many of the combinations, at random.")
    combinations: list[dict[str, Any]] = Field(
        [], max_length=10_000, description="Make exactly these: parameter, or `2.bits` for that of step 2."
    )
    search: SearchIn | None = Field(None, description="Make what the results so far suggest.")
    confirmed: bool = Field(False, description="Accept a sweep above the size that asks for it.")


class PlannedRow(TypedDict):
    """A model that would be made. parent: its place in the list, or null where `base` is the parent."""

    name: str
    step: StepRow
    seed: int
    parent: int | None
    base: int
    existing: int | None


class PlanRow(TypedDict):
    """What submitting would do. confirm: whether it asks for `confirmed`.

    combinations: how many the sweep has. most_models: of a search, whose models are not known before.
    """

    new_models: int
    most_models: int
    combinations: int
    reused_models: int
    runs: int
    confirm: bool
    models: list[PlannedRow]


class SubmittedRow(TypedDict):
    """What was queued. models: one id per planned model, new or reused."""

    experiment: ExperimentState
    models: list[int]


class IdsIn(Given):
    """Which runs."""

    ids: list[_Id] = Field(min_length=1, max_length=10_000)


class IdsRow(TypedDict):
    """What was affected."""

    ids: list[int]


class AnnotationIn(Given):
    """What to change; what is left out stays."""

    note: _Text | None = None
    add_tags: list[Annotated[str, Field(max_length=200)]] = Field([], max_length=100)
    remove_tags: list[Annotated[str, Field(max_length=200)]] = Field([], max_length=100)
    starred: bool | None = None
    archived: bool | None = None


class DeleteQuery(Given):
    """What goes as well."""

    with_descendants: bool = Field(False, description="Also delete models made from it.")


def idempotency(content: Any) -> Once | None:
    """Return the key that the request carries; None without one."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 0 < len(key) <= 200 or not key.isprintable():
        message = "The idempotency key is empty, too long, or has characters that cannot be shown."
        raise InvalidInput.of("Idempotency-Key", message, "Use up to 200 characters.")
    return Once(key, content)


@routes.post("/projects/{project}/experiments/preview", role=Role.VIEWER)
def preview_experiment(app: Application, project: str, body: ExperimentIn) -> PlanRow:
    """Say what submitting would do, and change nothing."""
    found = experiments.plan(app, read_request(app, _content(project, body), confirmed=body.confirmed))
    return plan_row(found, confirm=experiments.needs_confirmation(app, found))


@routes.post("/projects/{project}/experiments", status=201, once=True)
def submit_experiment(app: Application, project: str, body: ExperimentIn) -> SubmittedRow:
    """Queue an experiment. Models that exist already are used as they are."""
    content = _content(project, body)
    wanted = read_request(app, content, confirmed=body.confirmed)
    once = idempotency(content)
    if once is None:
        made = experiments.submit(app, wanted)
        experiment_id, model_ids = made.experiment.id, list(made.model_ids)
    else:
        experiment_id, model_ids = experiments.submit_once(app, wanted, once)
    state = state_row(lifecycle.get_progress(app, experiment_id), project)
    return {"experiment": state, "models": [int(one) for one in model_ids]}


@routes.post("/experiments/{experiment}/cancel")
def cancel_experiment(app: Application, experiment: int) -> IdsRow:
    """Cancel the runs of an experiment that have not ended."""
    return _ids(lifecycle.cancel_experiment(app, ExperimentId(experiment)))


@routes.post("/experiments/{experiment}/retry")
def retry_experiment(app: Application, experiment: int) -> IdsRow:
    """Try the unsuccessful runs of an experiment again."""
    return _ids(lifecycle.retry_experiment(app, ExperimentId(experiment)))


@routes.post("/runs/cancel")
def cancel_runs(app: Application, body: IdsIn) -> IdsRow:
    """Cancel runs that have not ended."""
    return _ids(runs.cancel_runs(app, [RunId(one) for one in body.ids]))


@routes.post("/runs/retry")
def retry_runs(app: Application, body: IdsIn) -> IdsRow:
    """Try unsuccessful runs again, with those skipped because of them."""
    return _ids(runs.retry_runs(app, [RunId(one) for one in body.ids]))


@routes.patch("/models/{model}")
def annotate_model(app: Application, model: int, body: AnnotationIn) -> ModelRow:
    """Change the note, tags, star or archive of a model."""
    changes: Any = {name: getattr(body, name) for name in body.model_fields_set}
    annotate(app, [ModelId(model)], **changes)
    found = models.get_model(app, ModelId(model)).model
    return model_row(found, projects.get_project(app, int(found.project_id)))


@routes.delete("/models/{model}")
def delete_model(app: Application, model: int, query: DeleteQuery) -> IdsRow:
    """Hide a model and cancel its runs; it can be restored in the dashboard."""
    deep = query.with_descendants
    return _ids(models.delete_models(app, [ModelId(model)], with_descendants=deep))


def plan_row(found: Plan, *, confirm: bool) -> PlanRow:
    """Return a plan as a row."""
    return {
        "new_models": found.new_models,
        "most_models": found.most_models,
        "combinations": found.combinations,
        "reused_models": found.reused_models,
        "runs": found.runs,
        "confirm": confirm,
        "models": [
            {
                "name": one.name,
                "step": step_row(one.step),
                "seed": one.seed,
                "parent": one.parent,
                "base": int(one.base_id),
                "existing": int(one.existing_id) if one.existing_id is not None else None,
            }
            for one in found.models
        ],
    }


def _content(project: str, body: ExperimentIn) -> dict[str, Any]:
    """Return what a recipe file would say."""
    return {"project": project, **body.model_dump(exclude={"confirmed"}, exclude_unset=True)}


def _ids(found: Any) -> IdsRow:
    return {"ids": [int(one) for one in found]}

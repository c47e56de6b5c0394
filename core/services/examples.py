"""The example project, queued through the same services that people use."""

from __future__ import annotations

from core.domain.experiment import ExperimentRequest
from core.domain.ids import ProjectId
from core.domain.project import Project
from core.domain.recipe import Recipe, SweepStep
from core.errors import InvalidInput, Unavailable, UnknownName
from core.services.application import Application
from core.services.experiments import Submitted, list_experiments, submit
from core.services.models import BaseModelRequest, Training, add_base_model
from core.services.projects import DatasetRequest, ProjectRequest, create_project, get_project
from core.services.workers import catalogue

SLUG = "digits"
EXAMPLES = ("digits",)
"""Names of the examples that can be queued."""


def queue(app: Application, name: str) -> Submitted | None:
    """Queue an example by name; `UnknownName` if there is none. See `queue_digits`."""
    if name not in EXAMPLES:
        raise UnknownName("example", name, EXAMPLES)
    return queue_digits(app)


def queue_digits(app: Application) -> Submitted | None:
    """Queue the digits example, or None if that was done before; half-done work is completed.

    Raises:
        Unavailable: no worker has told yet what it can do.
    """
    if not catalogue(app).techniques:
        message = "No worker has connected yet, so the example cannot be queued."
        raise Unavailable(message, "Start one with: compress-compare worker")
    project = _project(app)
    if list_experiments(app, project.id):
        return None
    base = add_base_model(
        app,
        BaseModelRequest(
            project_id=project.id,
            name="residual CNN",
            source="residual-cnn",
            training=Training(),
            author="example",
        ),
    )
    return submit(
        app,
        ExperimentRequest(
            project_id=project.id,
            base_ids=(base.id,),
            recipes=digits_recipes(),
            name="Pruning, quantization and palettes",
            note="How far can the model shrink before somebody is hurt? Watch the rare digits 8 and 9.",
            author="example",
        ),
    )


def digits_recipes() -> tuple[Recipe, ...]:
    """Return the sweep: pruning with two ways to recover, then quantization or palettes; both alone too."""
    pruned = SweepStep("magnitude-pruning", {"sparsity": (0.3, 0.5, 0.7, 0.8, 0.9)})
    calibrated = SweepStep("calibrate-batch-norm")
    tuned = SweepStep("fine-tune")
    quantized = SweepStep("weight-only-quantization", {"bits": (8, 4, 2)})
    palettes = SweepStep("palettization", {"bits": (4, 3, 2)})
    return (
        (pruned, calibrated),
        (pruned, tuned, quantized),
        (pruned, tuned, palettes),
        (quantized,),
        (palettes,),
    )


def _project(app: Application) -> Project:
    try:
        return get_project(app, SLUG)
    except UnknownName:
        pass
    long_tail = {"rare_classes": [8, 9], "kept_fraction": 0.15}
    request = ProjectRequest(
        name="Digits, long tail",
        slug=SLUG,
        task="image-classification",
        description="Handwritten digits of which 8 and 9 are rare, and a small residual network.",
        datasets=(DatasetRequest("digits", "digits", long_tail),),
    )
    try:
        return create_project(app, request)
    except InvalidInput as error:
        if any(problem.field == "slug" for problem in error.problems):
            return get_project(app, SLUG)  # another process was faster
        raise


def is_empty(app: Application, project_id: ProjectId | None = None) -> bool:
    """Return whether nothing was ever submitted, so that the example is worth offering."""
    return not list_experiments(app, project_id)

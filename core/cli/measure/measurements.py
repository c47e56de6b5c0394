"""`compress-compare measure list` and `delete`: the evaluations and profiles that figures come from."""

from __future__ import annotations

from typing import Annotated

import typer

from core.cli.composition import application
from core.cli.listings import JsonOption, show
from core.domain.ids import EvaluationId, ModelId, ProfileId
from core.domain.measurement.figures import Measured
from core.services.measurements.protocol import delete_evaluation, delete_profile
from core.services.models.models import get_model
from core.services.projects.projects import get_project
from core.services.rows.figures import measurement_row


def list_measurements(
    model: Annotated[int, typer.Argument(help="Id of the model.")], json: JsonOption = False
) -> None:
    """List the evaluations and profiles of a model, newest first."""
    with application() as opened:
        details = get_model(opened, ModelId(model))
        project = get_project(opened, details.model.project_id)
    every: tuple[Measured, ...] = (*details.evaluations, *details.profiles)
    rows = [measurement_row(one, project) for one in every]
    show(rows, ("kind", "id", "condition", "created_at"), json=json)


def delete(
    evaluation: Annotated[list[int] | None, typer.Option(help="Id of an evaluation.")] = None,
    profile: Annotated[list[int] | None, typer.Option(help="Id of a profile.")] = None,
) -> None:
    """Delete evaluations and profiles; what models show follows from those that are left."""
    with application() as opened:
        for number in evaluation or ():
            model = delete_evaluation(opened, EvaluationId(number))
            typer.echo(f"Deleted evaluation {number} of model {model}.")
        for number in profile or ():
            model = delete_profile(opened, ProfileId(number))
            typer.echo(f"Deleted profile {number} of model {model}.")

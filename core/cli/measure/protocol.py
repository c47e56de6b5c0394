"""`compress-compare protocol` shows or changes under which conditions a project's figures are measured."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from core.cli.composition import application
from core.cli.listings import JsonOption, show
from core.domain.condition import EfficiencyCondition
from core.errors import UnknownName
from core.services.application import Application
from core.services.measurements.protocol import (
    ProtocolChange,
    change_protocol,
    lacking,
    profiled_under,
    queue_lacking,
)
from core.services.projects.projects import get_project
from core.services.rows.figures import named_dataset, protocol_row


def protocol(  # noqa: PLR0913  each is an option of the command
    project: Annotated[str, typer.Argument(help="Short name of the project.")],
    *,
    data: Annotated[str | None, typer.Option(help="Name of the data set to evaluate on.")] = None,
    split: Annotated[str | None, typer.Option(help="train or test.")] = None,
    instances: Annotated[int | None, typer.Option(help="At most so many instances; 0 for all.")] = None,
    precision: Annotated[str | None, typer.Option(help="float32, bfloat16 or float16.")] = None,
    device: Annotated[str | None, typer.Option(help="A device that models were profiled on.")] = None,
    measure: Annotated[
        bool, typer.Option("--measure", help="Queue the evaluations that are lacking.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Show or change the conditions whose values a project's pages show."""
    with application() as opened:
        found = get_project(opened, project)
        change = ProtocolChange(
            dataset_id=None if data is None else named_dataset(found, data),
            split=split,
            instances=instances or None,
            every_instance=instances == 0,
            precision=precision,
            efficiency=None if device is None else _profiled_on(opened, found.id, device),
        )
        if change != ProtocolChange():
            found = change_protocol(opened, found.id, change)
        without = len(lacking(opened, found.id))
        queued = len(queue_lacking(opened, found.id)) if measure else 0
        row: dict[str, Any] = {"project": found.slug, **protocol_row(found), "without_values": without}
    show([row], ("project", "quality", "efficiency", "without_values"), json=json)
    if measure and not json:
        typer.echo(f"Queued {queued} evaluations.")


def _profiled_on(opened: Application, project_id: Any, device: str) -> EfficiencyCondition:
    known = profiled_under(opened, project_id)
    for condition in known:
        if condition.device == device:
            return condition
    raise UnknownName("profiled device", device, [condition.device for condition in known])

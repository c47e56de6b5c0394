"""Commands about sensitivities to several candidates, and mixed precision under a budget."""

from __future__ import annotations

import ctypes
import math
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from core.cli.composition import application
from core.cli.listings import JsonOption, show
from core.domain.ids import ModelId
from core.domain.measurement.sensitivity import Approach, Grouping, Method
from core.errors import NotFound, UnknownName
from core.services.application import Application
from core.services.measurements.measurements import Measurement
from core.services.measurements.mixed_precision import (
    Budget,
    Costs,
    Planned,
    choices,
    outcomes,
    planned,
    planned_frontier,
)
from core.services.measurements.sensitivities import (
    SensitivityTable,
    candidates,
    queue_candidates,
    sensitivity_table,
)

app = typer.Typer(help="Find out which layers bear which step, and mix steps under a budget.")
GroupingOption = Annotated[Grouping, typer.Option(help="What is compressed at a time.")]
ModelArgument = Annotated[int, typer.Argument(help="Id of the model.")]


@app.command("candidates")
def list_candidates() -> None:
    """List the usual candidates."""
    with application() as opened:
        for candidate in candidates(opened):
            typer.echo(f"{candidate.label}: {candidate.step.technique} {dict(candidate.step.parameters)}")


@app.command()
def queue(  # noqa: PLR0913  each is an option of the command
    model: ModelArgument,
    labels: Annotated[list[str], typer.Argument(help="Candidates, e.g. int8 '2:4'.")],
    *,
    method: Annotated[Method, typer.Option(help="How it is found out.")] = Method.ESTIMATE,
    grouping: GroupingOption = Grouping.MODULE,
    instances: Annotated[int | None, typer.Option(help="At most so many instances.")] = 256,
    queue: Annotated[str, typer.Option(help="cpu, gpu, or a queue of one worker.")] = "cpu",
) -> None:
    """Queue what is neither known nor being found out of a model and these candidates."""
    with application() as opened:
        known = {candidate.label: candidate.step for candidate in candidates(opened)}
        for label in labels:
            if label not in known:
                raise UnknownName("candidate", label, known)
        how = Measurement(instances=instances, queue=queue)
        steps = [known[label] for label in labels]
        asked = queue_candidates(opened, ModelId(model), steps, how, approach=Approach(method, grouping))
    typer.echo(f"Queued {len(asked.runs)} runs; {asked.present} known already, {asked.coming} on the way.")


@app.command("show")
def show_table(
    model: ModelArgument, grouping: GroupingOption = Grouping.MODULE, json: JsonOption = False
) -> None:
    """Show what each candidate does to each part: change of the loss, its interval, and the estimate."""
    with application() as opened:
        table = _table(opened, model, grouping)
    rows = [
        {
            "part": part,
            "candidate": column.label,
            "change": float(column.change[place]),
            "low": float(column.low[place]),
            "high": float(column.high[place]),
            "estimate": float(column.estimate[place]),
            "bytes": float(column.bits[place]) / 8,
        }
        for column in table.columns
        for place, part in enumerate(table.parts)
    ]
    named = ("part", "candidate", "change", "low", "high", "estimate", "bytes")
    show([_known(row) for row in rows], named, json=json)
    if not json:
        for verdict in table.verdicts:
            for what, (change, low, high) in verdict.changes.items():
                typer.echo(f"{verdict.label}, {what} rounded: {change:+.4g} ({low:+.4g} to {high:+.4g})")


@app.command()
def plan(  # noqa: PLR0913  each is an option of the command
    model: ModelArgument,
    *,
    within: Annotated[float | None, typer.Option(help="The budget: bytes, bits or operations.")] = None,
    budget: Annotated[Budget, typer.Option(help="What is limited.")] = Budget.SIZE,
    costs: Annotated[Costs, typer.Option(help="What is minimised.")] = Costs.MEASURED,
    grouping: GroupingOption = Grouping.MODULE,
    json: JsonOption = False,
) -> None:
    """Show the best choice of candidates within a budget, or the frontier; with --json also as recipes."""
    with application() as opened:
        problem = choices(_table(opened, model, grouping), budget, costs)
        with _silent_solver():
            points = planned_frontier(problem) if within is None else [planned(problem, within)]
        made = outcomes(opened, problem, budget)
    rows = [_planned(point, with_recipe=json) for point in points]
    show(rows, tuple(dict.fromkeys(name for row in rows for name in row)), json=json)
    if not json:
        for each in made:
            measured = "not measured yet" if each.measured is None else f"measured {each.measured:+.4g}"
            typer.echo(f"{each.model.name} ({each.model.id}): predicted {each.predicted:+.4g}, {measured}")


def _planned(point: Planned, *, with_recipe: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"size": point.size, "change": point.cost, "greedy": point.greedy_cost}
    for label in dict.fromkeys(point.labels):
        row[label or "as it is"] = point.labels.count(label)
    if with_recipe:
        row["recipe"] = [
            {
                "technique": step.technique,
                "parameters": {name: values[0] for name, values in step.values.items()},
                "rules": {"include": list(step.rules.include)},
            }
            for step in point.recipe
        ]
    return row


def _table(opened: Application, model: int, grouping: Grouping) -> SensitivityTable:
    table = sensitivity_table(opened, ModelId(model), grouping=grouping)
    if table is None:
        hint = "Run: compress-compare sensitivity queue --help"
        raise NotFound(f"Nothing is known of the sensitivity of model {model} by {grouping}.", hint)
    return table


def _known(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in row.items() if not (isinstance(value, float) and math.isnan(value))
    }


@contextmanager
def _silent_solver() -> Iterator[None]:
    """Keep what the solver's C++ code prints out of this command's output."""
    library = ctypes.CDLL(None)
    sys.stdout.flush()
    try:
        before = os.dup(1)
    except OSError:  # there is no standard output
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        library.fflush(None)
        os.dup2(before, 1)
        os.close(before)
        os.close(nowhere)

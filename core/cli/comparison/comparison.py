"""What models show when they are compared: the sentence of the Overview, and its evidence."""

from __future__ import annotations

import json as writing
from typing import Annotated, Any

import typer

from core.cli.composition import application
from core.cli.wording import as_table
from core.comparison.sentences.plain import as_plain
from core.domain.ids import ModelId
from core.persistence.tables.columns import storable
from core.services.comparison.model_differences import model_difference
from core.services.comparison.summaries import Compared
from core.services.comparison.summaries import compare as compare_models


def compare(
    models: Annotated[list[int], typer.Argument(help="Ids of the models, all of one project.")],
    json: Annotated[bool, typer.Option("--json", help="Write one JSON object.")] = False,
) -> None:
    """Say what models show: one sentence, its statement, and the figures behind it."""
    with application() as app:
        found = compare_models(app, [ModelId(one) for one in models])
    if json:
        typer.echo(writing.dumps(storable(_plain(found)), indent=2))
        return
    typer.echo(found.summary.text or "These models show nothing that a sentence could say.")
    names = [metric.name for metric in found.project.leading_metrics if metric.name in found.project.primary]
    rows = [
        {"id": model.id, "model": found.lineages[model.id], "name": model.name, **model.metrics}
        for model in found.models
    ]
    typer.echo(as_table(rows, ("id", "model", "name", *names)))


def difference(
    before: Annotated[int, typer.Argument(help="Id of a model.")],
    after: Annotated[int, typer.Argument(help="Id of another model.")],
) -> None:
    """Show what differs between two models: steps, parameters, environment, data and protocol."""
    with application() as app:
        lines = model_difference(app, ModelId(before), ModelId(after))
    typer.echo("\n".join(lines) or "They were made and measured alike, in every step and parameter.")


def _plain(found: Compared) -> dict[str, Any]:
    statement = found.summary.statement
    return {
        "project": found.project.slug,
        "models": [model.id for model in found.models],
        "sentence": found.summary.text,
        "statement": as_plain(statement) if statement is not None else None,
        "metrics": list(found.summary.metrics),
        "figures": [
            {
                "id": model.id,
                "name": model.name,
                "lineage": found.lineages[model.id],
                "metrics": dict(model.metrics),
                "intervals": {name: list(ends) for name, ends in model.intervals.items()},
                "caveats": {name: list(said) for name, said in model.caveats.items()},
            }
            for model in found.models
        ],
    }

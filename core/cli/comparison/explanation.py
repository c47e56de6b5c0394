"""`compress-compare explain` tells where the bytes and the time of a model go."""

from __future__ import annotations

from typing import Annotated

import typer

from core.cli.composition import application
from core.cli.listings import BaselineOption, JsonOption, show
from core.comparison.savings.words import size
from core.domain.ids import ModelId
from core.services.layers.savings import savings


def explain(
    model: Annotated[int, typer.Argument(help="Id of the model.")],
    baseline: BaselineOption = None,
    json: JsonOption = False,
) -> None:
    """Tell why a model is not smaller and not faster: bytes by use, and what follows from the figures."""
    with application() as opened:
        found = savings(opened, ModelId(model), None if baseline is None else ModelId(baseline))
    rows = [{"use": each.kind.value, "before": each.before, "after": each.after} for each in found.kinds]
    written = [
        {name: size(value) if isinstance(value, int) else value for name, value in row.items()}
        for row in rows
    ]
    show(rows if json else written, ("use", "before", "after"), json=json)
    if not json:
        for text in filter(None, (found.paragraph, *found.missing)):
            typer.echo(text)

"""`compress-compare behaviours` shows what compression did to the predictions of models."""

from __future__ import annotations

import math
from typing import Annotated, Any

import typer

from core.cli.composition import application
from core.cli.listings import JsonOption, show
from core.comparison.behaviour.groups import Row
from core.comparison.behaviour.harm import points
from core.comparison.behaviour.overall import Overall
from core.comparison.behaviour.paired import Difference
from core.domain.ids import ModelId
from core.domain.model import Model
from core.errors import UnknownName
from core.presentation.numbers import percent
from core.services.behaviour.behaviour import Behaviour, behaviour
from core.services.behaviour.divergences import with_divergences
from core.services.behaviour.insight import insight, named_models


def behaviours(
    ids: Annotated[list[int], typer.Argument(help="Ids of models.")],
    baseline: Annotated[
        int | None, typer.Option(help="Model to compare with; default: the nearest common ancestor.")
    ] = None,
    by: Annotated[str | None, typer.Option(help="Show groups of a column, e.g. class.")] = None,
    json: JsonOption = False,
) -> None:
    """Show which predictions changed, and which groups of instances were hurt."""
    with application() as opened:
        chosen = ModelId(baseline) if baseline is not None else None
        found = with_divergences(opened, behaviour(opened, [ModelId(model_id) for model_id in ids], chosen))
    if by is None:
        rows = [
            _overall_row(model, one, json=json)
            for model, one in zip(found.models, found.comparison.models, strict=True)
        ]
    else:
        if by not in found.comparison.tables:
            raise UnknownName("column", by, found.comparison.tables)
        rows = [row for group in found.comparison.tables[by] for row in _group_rows(found, group, json=json)]
    if not json:
        _head(found)
    show(rows, tuple(rows[0]) if rows else (), json=json)


def _head(found: Behaviour) -> None:
    evaluation, comparison = found.evaluation, found.comparison
    typer.echo(
        f"Baseline {found.baseline.name} ({found.baseline.id}): {percent(comparison.baseline_share)} of "
        f"{comparison.instances:,} {evaluation.split} instances right. Changes in points, 95 % interval; "
        "* significant at 5 % after correction."
    )
    if found.models:
        typer.echo(insight(found, named_models(found)))
    if found.common is not None:
        typer.echo(found.common.words)
    for model, reason in found.left_out:
        typer.echo(f"Left out: {model.name} ({model.id}), {reason}.")
    typer.echo("")


def _overall_row(model: Model, one: Overall, *, json: bool) -> dict[str, Any]:
    spread = one.divergence
    row: dict[str, Any] = {
        "id": model.id,
        "name": model.name,
        "right": one.share,
        **_change(one.change, json=json),
        "regressions": one.flips.regressions,
        "fixes": one.flips.fixes,
        "agreement": one.flips.agreement,
        "kl_mean": _number(spread.mean if spread else math.nan),
        "kl_99": _number(spread.q99 if spread else math.nan),
    }
    if json:
        moved = [{"from": move.before, "to": move.after, "instances": move.instances} for move in one.moves]
        return row | {"moves": moved}
    return row | {"right": percent(one.share), "agreement": percent(one.flips.agreement)}


def _group_rows(found: Behaviour, group: Row, *, json: bool) -> list[dict[str, Any]]:
    return [
        {
            "group": group.group,
            "instances": group.instances,
            "baseline": _number(group.baseline) if json else _percent(group.baseline),
            "id": model.id,
            "name": model.name,
            "right": _number(cell.share) if json else _percent(cell.share),
            **_change(cell.change, json=json),
            "errors": _number(cell.errors.value) if json else _percent(cell.errors.value),
        }
        for model, cell in zip(found.models, group.cells, strict=True)
    ]


def _change(change: Difference, *, json: bool) -> dict[str, Any]:
    if json:
        return {
            "change": _number(change.value),
            "low": _number(change.low),
            "high": _number(change.high),
            "p_value": _number(change.p_value),
            "significant": change.significant,
        }
    if math.isnan(change.value):
        return {"change": "", "interval": ""}
    mark = " *" if change.significant else ""
    return {
        "change": f"{change.value * 100:+.1f}{mark}",
        "interval": f"{points(change.low)} to {points(change.high)}",
    }


def _percent(share: float) -> str:
    return "" if math.isnan(share) else percent(share)


def _number(value: float) -> float | None:
    """Return a value as JSON knows it."""
    return None if math.isnan(value) else value

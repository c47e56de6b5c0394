"""The largest significant harm to a group that the overall figure hides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.comparison.behaviour.groups import Cell, Row
from core.comparison.behaviour.paired import Difference


@dataclass(frozen=True)
class Harm:
    """A model that lost more on a group than on all instances.

    model: position among the models. column, group: which instances.
    """

    model: int
    column: str
    group: str
    change: Difference
    overall: Difference


def largest_harm(tables: Mapping[str, Sequence[Row]], overall: Sequence[Difference]) -> Harm | None:
    """Return the significant loss that exceeds the model's overall change most; None where nothing does.

    A loss counts only if the whole interval of the group lies below the model's overall change, so that it is
    not what happened to all instances.

    Args:
        tables: rows per column, see `compare_groups`.
        overall: change of each model over all instances.
    """
    found: list[tuple[float, Harm]] = []
    for column, rows in tables.items():
        for row in rows:
            for model, cell in enumerate(row.cells):
                if _hidden(cell, overall[model]):
                    excess = cell.change.value - overall[model].value
                    found.append((excess, Harm(model, column, row.group, cell.change, overall[model])))
    return min(found, key=lambda entry: entry[0])[1] if found else None


def larger(one: Harm | None, other: Harm | None) -> Harm | None:
    """Return the harm that exceeds the overall change of its model more; None where there is neither."""
    known = [harm for harm in (one, other) if harm is not None]
    return min(known, key=lambda harm: harm.change.value - harm.overall.value, default=None)


def worded(harm: Harm, model_name: str) -> str:
    """Return the harm as a sentence, with its interval and the number of instances."""
    change, overall = harm.change, harm.overall
    low, high = (points(-end) for end in (change.high, change.low))
    return (
        f"{model_name} loses {points(-change.value)} points on {harm.column} {harm.group} "
        f"(n = {change.instances}, 95 % interval {low} to {high}), {_overall(overall)}."
    )


def points(share: float) -> str:
    """Return a share in points, with one decimal below ten."""
    value = share * 100
    return f"{value:.0f}" if abs(value) >= 9.95 else f"{value:.1f}"


def _hidden(cell: Cell, overall: Difference) -> bool:
    change = cell.change
    return change.significant and change.value < 0 and change.high < overall.value


def _overall(overall: Difference) -> str:
    if not overall.significant:
        return "while the share of right answers over all instances does not change significantly"
    verb = "falls" if overall.value < 0 else "rises"
    return f"while the share of right answers over all instances {verb} by {points(abs(overall.value))}"

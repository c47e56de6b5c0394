"""Tables of groups: of one column, of the intersections of two, or of groups that a search found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from core.comparison.behaviour.crossing import crossed_values
from core.comparison.behaviour.found_groups import FoundGroup, found_groups
from core.comparison.behaviour.groups import Cell, Row, compare_groups
from core.comparison.behaviour.paired import LEVEL, Pairs, error_ratio, share_difference
from core.comparison.behaviour.predictions import Bools, Grouping, Predictions, Split
from core.comparison.behaviour.quantities import losses

PREDICTED = "predicted class"
MOST_FOUND = 3
"""Groups that are shown per model."""

FOUND = "@found"
"""Asks for found groups in place of a column; no column is called so."""

Condition = tuple[str, str]


@dataclass(frozen=True, eq=False)
class GroupTable:
    """Rows of groups, and how they were chosen.

    conditions: column and value of every condition that makes a group, by the name of the group; of found
        groups only those whose columns all belong to the data. overlapping: rows may share instances.
    found: of found groups, the position of the model and the growth of its loss.
    comparisons: how many changes significance was corrected for.
    """

    column: str
    rows: tuple[Row, ...]
    conditions: Mapping[str, tuple[Condition, ...]]
    comparisons: int
    overlapping: bool = False
    found: Mapping[str, tuple[int, FoundGroup]] = field(default_factory=dict)


def column_table(column: str, rows: Sequence[Row], models: int) -> GroupTable:
    """Return the table of one column, whose rows are known."""
    conditions = {row.group: ((column, row.group),) for row in rows}
    return GroupTable(column, tuple(rows), conditions, len(rows) * models)


def crossed_table(
    one: Grouping, other: Grouping, baseline: Predictions, models: Sequence[Predictions]
) -> GroupTable:
    """Return the table of the intersections of two columns that hold instances."""
    grouping, pairs = crossed_values(one, other)
    rows = compare_groups(baseline, models, grouping)
    conditions = {
        name: ((one.name, first), (other.name, second))
        for name, (first, second) in zip(grouping.values, pairs, strict=True)
    }
    return GroupTable(grouping.name, tuple(rows), conditions, len(rows) * len(models))


def found_table(split: Split, baseline: Predictions, models: Sequence[Predictions]) -> GroupTable:
    """Return the groups on which the loss of any model grew most beyond its growth elsewhere.

    A change is significant if it remains so at 5 % after Bonferroni's correction for all candidates, since
    the groups were chosen by their changes.
    """
    split, baseline, models = _labelled(split, baseline, models)
    whole = [each for each in split.groupings.values() if each.instances is None]
    columns = [*whole, *_predicted(split, baseline)]
    found: dict[str, tuple[int, FoundGroup]] = {}
    candidates = 0
    for position, model in enumerate(models):
        groups, tried = found_groups(columns, growth(split, baseline, model), most=MOST_FOUND)
        candidates += tried
        for group in groups:
            if group.name not in found or group.effect > found[group.name][1].effect:
                found[group.name] = (position, group)
    rows = [_row(group, baseline, models, candidates) for _, group in found.values()]
    known = {
        group.name: group.conditions
        for _, group in found.values()
        if all(column in split.groupings for column, _ in group.conditions)
    }
    return GroupTable("found groups", tuple(rows), known, candidates, overlapping=True, found=found)


def _labelled(
    split: Split, baseline: Predictions, models: Sequence[Predictions]
) -> tuple[Split, Predictions, list[Predictions]]:
    """Return what is known of the instances with a right answer; of columns only those that divide them."""
    if split.unlabelled is None or split.labels is None:
        return split, baseline, list(models)
    known = ~split.unlabelled
    columns = {
        name: replace(each, instances=None)
        for name, each in split.groupings.items()
        if not each.picked and len(each.codes) == known.sum()
    }
    kept = Split(split.labels[known], split.class_names, columns)
    return kept, baseline.among(known), [model.among(known) for model in models]


def growth(split: Split, baseline: Predictions, model: Predictions) -> NDArray[np.float64]:
    """Return the growth of the loss of every instance; of errors where losses are not kept."""
    before, after = losses(baseline, split.labels), losses(model, split.labels)
    if before is None or after is None:
        return baseline.correct.astype(np.float64) - model.correct
    return np.asarray(after, np.float64) - before


def _predicted(split: Split, baseline: Predictions) -> list[Grouping]:
    """Return what the baseline predicts as a column; nothing where answers are texts."""
    if not split.class_names:
        return []
    codes = np.asarray(baseline.prediction, np.int64)
    if codes.min(initial=0) < 0:
        return []
    return [Grouping(PREDICTED, split.class_names, codes)]


def table_of(
    split: Split, baseline: Predictions, models: Sequence[Predictions], asked: tuple[str, str]
) -> GroupTable | None:
    """Return the table of a column and another one to cross it with, if it has to be made.

    `FOUND` as a column stands for the search; None where a column does not exist or nothing is to be crossed.
    """
    column, across = asked
    if column == FOUND:
        return found_table(split, baseline, models)
    one, other = (split.groupings.get(name) for name in asked)
    if one is None or other is None or one is other or across == column:
        return None
    return crossed_table(one, other, baseline, models)


def _row(group: FoundGroup, baseline: Predictions, models: Sequence[Predictions], candidates: int) -> Row:
    cells = [_cell(baseline.correct, model.correct, group.members, candidates) for model in models]
    return Row(group.name, group.instances, float(baseline.correct[group.members].mean()), tuple(cells))


def _cell(before: Bools, after: Bools, members: Bools, candidates: int) -> Cell:
    pairs = Pairs.of(before[members], after[members])
    change = share_difference(pairs)
    sure = change.p_value * candidates <= LEVEL
    return Cell(pairs.right_after, replace(change, significant=bool(sure)), error_ratio(pairs))

"""From what is entered about combinations to a selection, and from its problems back to the inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import yaml

from core.domain.metric import Direction, MetricDefinition
from core.domain.project import Project
from core.domain.search.selection import EVERYTHING, Sample, Search, Selection
from core.errors import InvalidInput, Problem
from dashboard.components.form.budgets import read_budget
from dashboard.views.new_experiment.search.ids import GOALS, LIMITS, SearchIds, goal, limit, limit_value

MINIMIZE, MAXIMIZE, AT_LEAST, AT_MOST = "minimize", "maximize", "at_least", "at_most"
_MARK = ":"


class Kind(StrEnum):
    """Which combinations are made."""

    ALL = "all"
    SAMPLE = "sample"
    LIST = "list"
    SEARCH = "search"


PROPERTIES: Mapping[str, str] = {
    SearchIds.KIND: "value",
    SearchIds.SAMPLE_COUNT: "value",
    SearchIds.SAMPLE_SEED: "value",
    SearchIds.ROWS: "value",
    SearchIds.MODELS: "value",
    SearchIds.AT_ONCE: "value",
    SearchIds.PATIENCE: "value",
    SearchIds.SEED: "value",
    **{goal(number): "value" for number in range(GOALS)},
    **{limit(number): "value" for number in range(LIMITS)},
    **{limit_value(number): "value" for number in range(LIMITS)},
}
"""The inputs, with the property that holds what was entered."""

AT: Mapping[str, str] = {
    "sample.count": SearchIds.SAMPLE_COUNT,
    "sample.seed": SearchIds.SAMPLE_SEED,
    "combinations": SearchIds.ROWS,
    "search.models": SearchIds.MODELS,
    "search.at_once": SearchIds.AT_ONCE,
    "search.patience": SearchIds.PATIENCE,
    "search.seed": SearchIds.SEED,
    "search.minimize": goal(0),
    "search.maximize": goal(0),
    "search.at_least": limit_value(0),
    "search.at_most": limit_value(0),
    "search.limits.1": limit_value(1),
    "search.limits.2": limit_value(2),
    "search": goal(0),
}
"""Where problems are shown, by the beginning of their field."""


@dataclass(frozen=True)
class SelectionEntries:
    """What the inputs hold, by id."""

    held: Mapping[str, Any]

    def text(self, component_id: str) -> str:
        """Return what an input holds as a text; empty for nothing."""
        value = self.held.get(component_id)
        return "" if value is None else str(value)


NOTHING = SelectionEntries({})


def place_of(field: str) -> str | None:
    """Return the id of the input that a problem with a selection belongs to."""
    found = [start for start in AT if field == start or field.startswith(f"{start}.")]
    return AT[max(found, key=len)] if found else None


def read_selection(
    entries: SelectionEntries, metrics: Sequence[MetricDefinition], problems: list[Problem]
) -> Selection:
    """Return what was asked for; what cannot be read is a problem, and takes its default."""
    kind = entries.text(SearchIds.KIND) or Kind.ALL.value
    if kind == Kind.SAMPLE:
        count = _whole(entries, SearchIds.SAMPLE_COUNT, "sample.count", problems)
        return Selection(
            sample=Sample(count, _whole(entries, SearchIds.SAMPLE_SEED, "sample.seed", problems))
        )
    if kind == Kind.LIST:
        return Selection(combinations=_rows(entries.text(SearchIds.ROWS), problems))
    if kind == Kind.SEARCH:
        return Selection(search=_search(entries, metrics, problems))
    return EVERYTHING


def goal_options(metrics: Sequence[MetricDefinition]) -> list[dict[str, str]]:
    """Return what can be looked for: the good end of each metric, both ends where neither is better."""
    return _options(metrics, {MINIMIZE: "smallest", MAXIMIZE: "largest"}, higher=MAXIMIZE, lower=MINIMIZE)


def limit_options(metrics: Sequence[MetricDefinition]) -> list[dict[str, str]]:
    """Return which conditions there are, likewise."""
    return _options(metrics, {AT_LEAST: "at least", AT_MOST: "at most"}, higher=AT_LEAST, lower=AT_MOST)


def _options(
    metrics: Sequence[MetricDefinition], words: Mapping[str, str], *, higher: str, lower: str
) -> list[dict[str, str]]:
    """Return the end of each metric that suits its direction, both in the order of `words` without one."""
    ends = {Direction.HIGHER: (higher,), Direction.LOWER: (lower,), Direction.NEITHER: tuple(words)}
    return [
        {"value": f"{end}{_MARK}{metric.name}", "label": f"{metric.label}, {words[end]}"}
        for metric in metrics
        for end in ends[metric.direction]
    ]


def usual(project: Project, metrics: Sequence[MetricDefinition]) -> tuple[str | None, str | None]:
    """Return the goal and the condition to start from: the smallest file that keeps 99 % of the quality."""
    small = next((one for one in metrics if one.name == "file_bytes"), None)
    kept = next((one for one in metrics if one.variant_of in project.primary), None)
    return (
        f"{MINIMIZE}{_MARK}{small.name}" if small else None,
        f"{AT_LEAST}{_MARK}{kept.name}" if kept else None,
    )


def _search(
    entries: SelectionEntries, metrics: Sequence[MetricDefinition], problems: list[Problem]
) -> Search:
    by_name = {metric.name: metric for metric in metrics}
    goals: dict[str, list[str]] = {MINIMIZE: [], MAXIMIZE: []}
    for number in range(GOALS):
        end, _, name = entries.text(goal(number)).partition(_MARK)
        if end in goals and name:
            goals[end].append(name)
    limits: dict[str, dict[str, float]] = {AT_LEAST: {}, AT_MOST: {}}
    for number in range(LIMITS):
        end, _, name = entries.text(limit(number)).partition(_MARK)
        field = "search.at_least" if number == 0 else f"search.limits.{number}"
        value = _limit(entries.text(limit_value(number)), by_name.get(name), field, problems)
        if end in limits and value is not None:
            limits[end][name] = value
    return Search(
        minimize=tuple(goals[MINIMIZE]),
        maximize=tuple(goals[MAXIMIZE]),
        at_least=limits[AT_LEAST],
        at_most=limits[AT_MOST],
        models=_whole(entries, SearchIds.MODELS, "search.models", problems),
        at_once=_whole(entries, SearchIds.AT_ONCE, "search.at_once", problems),
        patience=_whole(entries, SearchIds.PATIENCE, "search.patience", problems),
        seed=_whole(entries, SearchIds.SEED, "search.seed", problems),
    )


def _limit(text: str, metric: MetricDefinition | None, field: str, problems: list[Problem]) -> float | None:
    if metric is None:
        if text.strip():
            problems.append(Problem(field, "Choose what this is the limit of.", ""))
        return None
    try:
        value = read_budget(metric, text)
    except InvalidInput as error:
        problems.extend(Problem(field, one.message, one.hint) for one in error.problems)
        return None
    if value is None:
        problems.append(Problem(field, f"The limit of {metric.label} is missing.", "Enter a value."))
    return value


def _whole(entries: SelectionEntries, component_id: str, field: str, problems: list[Problem]) -> int:
    text = entries.text(component_id)
    try:
        return int(text)
    except ValueError:
        problems.append(Problem(field, "Enter a whole number.", ""))
        return 1


def _rows(text: str, problems: list[Problem]) -> tuple[Mapping[str, Any], ...]:
    """Return the combinations of lines such as `sparsity=0.5 bits=8`."""
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        pairs = [part.partition("=") for part in line.replace(",", " ").split()]
        if any(not mark or not name or not value for name, mark, value in pairs):
            message = f"Line {number} is not made of parameter=value."
            problems.append(Problem("combinations", message, "Write for example sparsity=0.5 bits=8."))
        elif pairs:
            rows.append({name: _scalar(value) for name, _, value in pairs})
    if not rows and not problems:
        problems.append(Problem("combinations", "There is no combination.", "Write one a line."))
    return tuple(rows)


def _scalar(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text

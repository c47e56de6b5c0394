"""What is in the data, split by split: how much of each class, what was left out, and a few examples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dash import html
from dash.development.base_component import Component

from core.domain.data.data_preview import ClassCounts, ColumnCounts, DataPreview, DataSummary
from core.presentation.counts import counted
from dashboard.components.counted_bars import counted_bars
from dashboard.views.models.data.data_examples import examples

_TITLES = {"test": "Test split", "train": "Training split"}
_WAITING = {
    "test": "Counts and examples appear here as soon as a worker that has nothing else to do has read it, at "
    "the latest with the first measurement of a model.",
    "train": "Counts and examples appear here once a run has read it, to train, fine-tune or calibrate.",
}
_UNEVEN = 1.5
"""Largest class to smallest; below it classes count as equally frequent."""


def data_seen(seen: Iterable[DataPreview], *, of: str = "") -> list[Component]:
    """Return a card for each split, those included that nobody has read yet. of: which data set."""
    by_split = {preview.summary.split: preview for preview in seen}
    splits = [*_TITLES, *(split for split in by_split if split not in _TITLES)]
    return [_card(split, by_split.get(split), of) for split in splits]


def _card(split: str, preview: DataPreview | None, of: str) -> Component:
    title = _TITLES.get(split, f"Split {split}") + of
    if preview is None:
        content = [_heading(title), html.P(_WAITING.get(split, ""), className="models-hint")]
        return html.Section(content, className="models-card")
    summary = preview.summary
    if summary.failure:
        failure = html.Div(f"It cannot be read. {summary.failure}", className="models-notice")
        return html.Section([_heading(title), failure], className="models-card")
    parts = [*_left_out(summary), *_classes(summary), *_columns(summary), *examples(preview)]
    details = html.Details(
        [html.Summary([_heading(title), html.Span(_size(summary))]), *parts],
        open=True,
        className="data-split",
    )
    return html.Section(details, className="models-card")


def _heading(text: str) -> Component:
    return html.H2(text, className="models-heading")


def _size(summary: DataSummary) -> str:
    size = counted(summary.instances, "instance")
    return f"{size}, {counted(summary.classes.total, 'class')}" if summary.classes else size


def _left_out(summary: DataSummary) -> list[Component]:
    if not summary.left_out:
        return []
    total, named = summary.instances + summary.left_out, len(summary.problems)
    further = summary.left_out - named
    more = f"and {further:,} more, which the logs of runs name" if further else ""
    rows = [*summary.problems, *([more] if more else [])]
    verb = "is" if summary.left_out == 1 else "are"
    said = f"{summary.left_out:,} of {total:,} instances {verb} left out:"
    return [
        html.Div(
            [said, html.Ul([html.Li(row) for row in rows], className="models-list")],
            className="models-notice",
        )
    ]


def _classes(summary: DataSummary) -> list[Component]:
    classes = summary.classes
    if classes is None:
        return []
    bars = counted_bars(classes.listed, total=summary.instances, label="Instances of each class")
    return [html.P(_balance(classes), className="models-hint"), bars, *_rest(classes, summary.instances)]


def _rest(classes: ClassCounts, instances: int) -> list[Component]:
    further = classes.total - len(classes.listed)
    if not further:
        return []
    held = instances - sum(count for _, count in classes.listed)
    text = f"and {counted(further, 'more class')} with {counted(held, 'instance')}"
    return [html.P(text, className="models-hint")]


def _balance(classes: ClassCounts) -> str:
    """Return in a sentence how evenly the instances are spread over the classes."""
    if classes.largest is None or classes.smallest is None:
        return "There is no instance of any class."
    (large, most), (small, least) = classes.largest, classes.smallest
    if classes.total - classes.empty == 1:
        said = f"All are of class {large}."
    elif most == least:
        said = f"Every class has {most:,}."
    elif most / least < _UNEVEN:
        said = f"Nearly even: every class has {least:,} to {most:,}."
    else:
        times = _times(most / least)
        said = f"Uneven: class {large} has {times} times as many as class {small} ({most:,} and {least:,})."
    empty = f" {counted(classes.empty, 'class')} {'has' if classes.empty == 1 else 'have'} none here."
    return said + (empty if classes.empty else "")


def _times(ratio: float) -> str:
    return f"{ratio:.1f}" if ratio < 10 else f"{ratio:,.0f}"


def _columns(summary: DataSummary) -> list[Component]:
    return [part for column in summary.columns for part in _column(column, summary.instances)]


def _column(column: ColumnCounts, instances: int) -> Sequence[Component]:
    heading = html.H3(f"Slices by {column.name}", className="models-subheading")
    if column.total == instances > len(column.listed):
        said = f"Each of the {instances:,} instances has a value of its own, so it groups nothing."
        return [heading, html.P(said, className="models-hint")]
    bars = counted_bars(column.listed, total=instances, label=f"Instances by {column.name}")
    further = column.total - len(column.listed)
    more = [html.P(f"and {counted(further, 'more value')}", className="models-hint")] if further else []
    return [heading, bars, *more]

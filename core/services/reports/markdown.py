"""A study report as Markdown, without drawings and pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from core.domain.metric import DIRECTIONS
from core.services.reports.cells import (
    HEADS,
    circumstances,
    harm_words,
    named,
    row_cells,
    tested,
    told,
    unmeasured,
)
from core.services.reports.report import StudyReport


def as_markdown(report: StudyReport) -> str:
    """Return the whole document."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: StudyReport) -> Iterator[str]:
    yield f"# {_plain(report.project.name)}: study report"
    yield f"\n{report.made_at:%Y-%m-%d %H:%M} UTC, {report.project.task}"
    if report.sentence:
        yield f"\n> {_plain(report.sentence)}"
    yield "\n## Models and recipes\n"
    yield from _table(
        ("Model", "Made by"),
        [(named(model), " > ".join(report.recipes[model.id])) for model in report.models],
    )
    if report.axes is not None:
        on_front = [named(model) for model in report.points if model.id in report.front]
        x, y = report.axes
        yield f"\nPareto front of {y.label} over {x.label}: {_plain(', '.join(on_front))}."
    yield "\n## What changed"
    names = {model.id: named(model) for model in report.models}
    for row in report.metrics.rows:
        yield f"\n### {_plain(row.metric.label)} ({DIRECTIONS[row.metric.direction]})\n"
        cells = row_cells(row)
        yield from _table(HEADS, [(names[cell.model_id], *told(cell, row.metric)) for cell in cells])
    yield f"\n{tested(report)}"
    yield "\n## Harmed groups\n"
    yield from (f"- {_plain(harm_words(one))}" for one in report.harmed)
    yield "" if report.harmed else "No group loses significantly."
    yield "\n## What was not measured\n"
    missing = list(unmeasured(report))
    yield from (f"- {_plain(line)}" for line in missing)
    yield "" if missing else "Everything that was asked for."
    yield "\n## Seeds, devices and versions\n"
    yield from _table(("Model", "Seed, device and versions"), list(circumstances(report)))


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(map(_plain, row))} |"


def _plain(text: str) -> str:
    """Return a text in which nothing is markup."""
    for sign in "\\|<>*_`[]#":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", " ")

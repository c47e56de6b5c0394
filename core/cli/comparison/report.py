"""`compress-compare report` writes what a study showed into one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.composition import application
from core.domain.ids import ModelId
from core.services.projects.projects import get_project
from core.services.reports.html import as_html
from core.services.reports.markdown import as_markdown
from core.services.reports.report import gather


def report(
    ids: Annotated[list[int] | None, typer.Argument(help="Ids of models; default: the Pareto front.")] = None,
    project: Annotated[str, typer.Option(help="Short name of the project.")] = "digits",
    baseline: Annotated[int | None, typer.Option(help="Model to compare with.")] = None,
    out: Annotated[
        Path, typer.Option(help="File to write; .md for Markdown, anything else for HTML.")
    ] = Path("report.html"),
) -> None:
    """Write a study report: trade-off, changes with intervals, harmed groups, what was not measured."""
    with application() as app:
        chosen = ModelId(baseline) if baseline is not None else None
        wanted = [ModelId(one) for one in ids or ()]
        found = gather(app, get_project(app, project), wanted, chosen)
    text = as_markdown(found) if out.suffix == ".md" else as_html(found)
    out.write_text(text, encoding="utf-8")
    typer.echo(f"Wrote {out} ({len(text.encode()):,} bytes) on {len(found.metrics.models)} models.")

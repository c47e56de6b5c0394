"""Lists of projects, models and experiments, for people or (`--json`) for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from core.cli.composition import application
from core.cli.wording import as_json, as_table
from core.domain.project import Project
from core.errors import InvalidInput, Misconfigured
from core.presentation.counts import counted
from core.services.application import Application
from core.services.experiments.lifecycle import list_progress
from core.services.models.models import list_models
from core.services.projects.projects import get_project, list_projects
from core.services.rows.table import TableFormat, joined_tables, model_table, written_table
from core.services.rows.things import experiment_row, model_row, project_row, technique_row
from core.services.search.progress import reasons
from core.services.workers.workers import catalogue

ProjectOption = Annotated[str | None, typer.Option("--project", help="Short name of one project.")]
BaselineOption = Annotated[int | None, typer.Option(help="Id of the model to compare with; else its base.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Write a JSON array.")]


def projects(project: ProjectOption = None, json: JsonOption = False) -> None:
    """List projects."""
    with application() as app:
        rows = [project_row(found) for found in chosen_projects(app, project)]
    show(rows, ("id", "slug", "name", "task", "datasets"), json=json)


def models(
    project: ProjectOption = None,
    json: JsonOption = False,
    file_format: Annotated[
        TableFormat | None, typer.Option("--format", help="Write the whole table: csv, json or parquet.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File to write, with --format.")] = None,
) -> None:
    """List models with their latest metrics, or write them with intervals and conditions."""
    with application() as app:
        found = chosen_projects(app, project)
        if file_format is not None or out is not None:
            _write_table(app, found, file_format, out)
            return
        rows: list[dict[str, Any]] = [
            {**model_row(model, owner)} for owner in found for model in list_models(app, owner.id)
        ]
    primary = list(dict.fromkeys(name for owner in found for name in owner.primary))
    if not json:
        rows = [row | row["metrics"] for row in rows]
    show(rows, ("id", "project", "name", "parents", "status", *primary), json=json)


def _write_table(
    app: Application, found: Sequence[Project], file_format: TableFormat | None, out: Path | None
) -> None:
    """Write all models of these projects as one table."""
    wanted = file_format or _format_of(out)
    tables = [model_table(list_models(app, owner.id), owner, reasons(app, owner.id)) for owner in found]
    content = written_table(joined_tables(tables), wanted)
    if out is None and wanted is not TableFormat.PARQUET:
        typer.echo(content.decode(), nl=False)
        return
    if out is None:
        raise InvalidInput.of("out", "Parquet is no text.", "Name a file to write: -o models.parquet.")
    try:
        out.write_bytes(content)
    except OSError as error:
        hint = "Make room, or choose another place."
        raise Misconfigured(f"{out} cannot be written: {error.strerror or error}.", hint) from error
    rows = counted(sum(len(next(iter(table.values()), ())) for table in tables), "model")
    typer.echo(f"Wrote {rows} to {out}.")


def _format_of(out: Path | None) -> TableFormat:
    ending = out.suffix.removeprefix(".").lower() if out else ""
    if ending not in {each.value for each in TableFormat}:
        message = f"The ending of {out} does not say which format to write."
        raise InvalidInput.of("format", message, "Give --format csv, json or parquet.")
    return TableFormat(ending)


def experiments(project: ProjectOption = None, json: JsonOption = False) -> None:
    """List experiments, newest first."""
    with application() as app:
        found = chosen_projects(app, project)
        slugs: dict[int, str] = {owner.id: owner.slug for owner in found}
        rows: list[dict[str, Any]] = [
            {
                **experiment_row(one.experiment, slugs),
                "state": one.state.value,
                "search": f"{one.search.in_words}. {one.experiment.search_ended}".strip()
                if one.search
                else "",
            }
            for owner in found
            for one in list_progress(app, owner.id)
        ]
    rows.sort(key=lambda row: -row["id"])
    columns = ("id", "project", "name", "models", "author", "created_at", "state", "search")
    show(rows, columns, json=json)


def techniques(json: JsonOption = False) -> None:
    """List the techniques that workers offer, by the names to type."""
    with application() as app:
        offered = catalogue(app).techniques
    show([technique_row(spec) for spec in offered], ("name", "label", "summary"), json=json)


def chosen_projects(app: Application, slug: str | None) -> list[Project]:
    """Return the project of that short name, or all; `UnknownName` with near matches."""
    return [get_project(app, slug)] if slug is not None else list_projects(app)


def show(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, json: bool) -> None:
    """Write rows to standard output."""
    typer.echo(as_json(rows) if json else as_table(rows, columns))

"""The commands that start or set up things; listings and the queue are in modules of their own."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from core.cli import assistant, audit, data_sets, experiments, listings, queue, tokens
from core.cli.comparison import behaviours, comparison, explanation, gate, report
from core.cli.composition import application, build, settings
from core.cli.files import creation, export, imports, mlflow, projects, quantized, recipes
from core.cli.measure import measure, measurements, protocol, sensitivities
from core.cli.operations import artifacts, backup, notify
from core.persistence.schema import latest_version, upgrade
from core.services.demos import example_projects
from core.services.experiments.experiments import submit as submit_request
from core.services.recipes.recipe_files import Instead, read_recipe_file

app = typer.Typer(
    name="compress-compare",
    help="Queue model-compression experiments and compare what they did.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(queue.app, name="runs")
app.add_typer(experiments.app, name="experiments")
app.add_typer(projects.app, name="projects")
app.add_typer(creation.project_app, name="project")
app.add_typer(creation.base_app, name="base")
app.add_typer(quantized.app, name="quantized")
app.add_typer(data_sets.app, name="data")
app.add_typer(measure.app, name="measure")
app.add_typer(sensitivities.app, name="sensitivity")
app.add_typer(tokens.app, name="token")
app.add_typer(artifacts.app, name="artifacts")
app.add_typer(recipes.app, name="recipes")
app.add_typer(mlflow.app, name="mlflow")
app.add_typer(notify.app, name="notify")
measure.app.command("list")(measurements.list_measurements)
measure.app.command()(measurements.delete)
for listing in (listings.models, listings.techniques):
    app.command()(listing)
app.command("import")(imports.import_made_elsewhere)
app.command()(measure.layers)
app.command()(explanation.explain)
app.command()(behaviours.behaviours)
app.command()(comparison.compare)
app.command()(comparison.difference)
app.command()(protocol.protocol)
app.command()(report.report)
app.command()(audit.audit)
app.command()(audit.invite)
app.command()(backup.backup)
app.command()(backup.restore)
app.command()(gate.check)
app.command()(assistant.mcp)
app.command()(export.export)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; default: CNC_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; default: CNC_PORT.")] = None,
    worker: Annotated[bool, typer.Option(help="Start a local worker if no broker is set.")] = True,
    example: Annotated[bool, typer.Option(help="Queue the example if the database is empty.")] = True,
) -> None:
    """Migrate, then serve the dashboard, with a local worker unless a broker is set."""
    from core.cli.serving import serve as run

    for name, value in (("CNC_HOST", host), ("CNC_PORT", port)):
        if value is not None:
            os.environ[name] = str(value)
    raise typer.Exit(run(settings(), worker=worker, example=example))


@app.command(context_settings={"ignore_unknown_options": True})
def worker(
    healthy: Annotated[bool, typer.Option("--healthy", help="Only tell whether one is alive.")] = False,
    each_gpu: Annotated[bool, typer.Option("--each-gpu", help="Start one for each GPU.")] = False,
) -> None:
    """Work on the queue: with Celery if a broker is set, else straight from the database."""
    command = [sys.executable, "-m", "workers", *(["--healthy"] if healthy else [])]
    command += ["--each-gpu"] if each_gpu else []
    sys.stdout.flush()
    os.execv(command[0], command)  # noqa: S606


@app.command()
def migrate() -> None:
    """Create the database's tables, or bring them up to date."""
    chosen = settings()
    if chosen.database_url.startswith("sqlite"):
        chosen.prepare_data_dir()
    opened = build(chosen)
    changed = upgrade(opened.unit_of_work.engine)
    opened.close()
    typer.echo(f"The database {'is now' if changed else 'was already'} at schema {latest_version()}.")


@app.command()
def doctor() -> None:
    """Check database, broker, storage, workers and versions, and say what to fix."""
    from core.cli.doctor import examine, report

    findings = examine(settings())
    typer.echo(report(findings))
    raise typer.Exit(0 if all(finding.good for finding in findings) else 1)


@app.command()
def example(name: Annotated[str, typer.Argument(help="Which one: digits or trips.")]) -> None:
    """Queue an example project."""
    with application() as opened:
        submitted = example_projects.queue(opened, name)
    if submitted is None:
        typer.echo(f"The example {name} is there already; nothing was queued.")
    else:
        typer.echo(f"Queued {submitted.plan.new_models} models of the example {name}.")


@app.command()
def submit(
    recipe: Annotated[Path, typer.Argument(help="A YAML file; see core/services/recipes/recipe_files.py.")],
    project: Annotated[str, typer.Option(help="Short name of a project, instead of the file's.")] = "",
    base: Annotated[
        list[str] | None, typer.Option(help="Name or id of a model to start from, instead of the file's.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Confirm a large sweep.")] = False,
    follow: Annotated[bool, typer.Option("--follow", help="Show its runs until it ends.")] = False,
) -> None:
    """Queue the experiment that a recipe file describes."""
    text = creation.text_of(recipe)
    instead = Instead(project, tuple(base or ()))
    with application() as opened:
        submitted = submit_request(opened, read_recipe_file(opened, text, confirmed=yes, instead=instead))
        typer.echo(f"Experiment {submitted.experiment.id}: {submitted.in_words()}")
        code = experiments.follow(opened, submitted.experiment.id) if follow else 0
    raise typer.Exit(code)

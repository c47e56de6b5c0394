"""`compress-compare mlflow`: hand models over to a tracking server, or import its runs as a study."""

from __future__ import annotations

from typing import Annotated

import typer

from core.cli.composition import application
from core.presentation.counts import counted
from core.services.mlflow.handover import Artifacts, HandOverChoice, hand_over
from core.services.mlflow.rest import PARENT, MlflowServer
from core.services.mlflow.studies import StudyChoice, import_experiment
from core.services.projects.projects import get_project

app = typer.Typer(help="Hand models over to MLflow, or import its runs as a study.", no_args_is_help=True)
Uri = Annotated[
    str, typer.Option("--uri", envvar="MLFLOW_TRACKING_URI", help="Address of the tracking server.")
]
Token = Annotated[str, typer.Option("--token", envvar="MLFLOW_TRACKING_TOKEN", help="A bearer token.")]
Names = Annotated[list[str] | None, typer.Option(help="A metric of this direction; others are guessed.")]


@app.command()
def push(
    project: Annotated[str, typer.Argument(help="Short name of the project.")],
    uri: Uri,
    token: Token = "",
    experiment: Annotated[str, typer.Option(help="Name in MLflow; else that of the project.")] = "",
    artifacts: Annotated[
        Artifacts, typer.Option(help="Files that go along: none, card (and recipe), or weights as well.")
    ] = Artifacts.NONE,
) -> None:
    """Write one run per model; done again, it brings those runs up to date."""
    server = MlflowServer(uri, token)
    with application() as opened:
        choice = HandOverChoice(experiment, artifacts)
        done = hand_over(opened, get_project(opened, project), server, choice, typer.echo)
    said = f"{counted(done.made, 'run')} made and {done.renewed:,} brought up to date"
    typer.echo(f"Experiment {done.experiment}: {said}, {counted(done.files, 'file')} sent.")
    if done.without_files:
        listed = ", ".join(str(one) for one in done.without_files[:20])
        typer.echo(f"{counted(len(done.without_files), 'model')} had no files to send: {listed}.", err=True)


@app.command("import")
def bring_in(  # noqa: PLR0913, PLR0917  (Typer calls it)
    experiment: Annotated[str, typer.Argument(help="Name of the experiment in MLflow.")],
    uri: Uri,
    token: Token = "",
    name: Annotated[str, typer.Option(help="Name of the project; else that of the experiment.")] = "",
    parent_tag: Annotated[str, typer.Option(help="Tag with the run that one was made from.")] = PARENT,
    higher: Names = None,
    lower: Names = None,
) -> None:
    """Make a project of an experiment: runs become models, with their parameters and metrics."""
    choice = StudyChoice(experiment, parent_tag, name, tuple(higher or ()), tuple(lower or ()))
    with application() as opened:
        imported = import_experiment(opened, MlflowServer(uri, token), choice)
    project = imported.project
    count = counted(len(imported.model_ids), "model")
    typer.echo(f"Imported {count} into the project {project.name} ({project.slug}).")
    for oddity in imported.oddities:
        typer.echo(f"- {oddity}")

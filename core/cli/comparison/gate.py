"""`compress-compare check`: a gate for continuous integration, with an exit code and JUnit XML.

0: every condition holds. 1: a condition fails beyond doubt. 2: none fails, but one cannot be judged: its
value is missing, or the limit lies within the 95 % interval (`--accept-unsure` lets the latter pass).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated
from xml.sax.saxutils import escape, quoteattr

import typer

from core.cli.composition import application
from core.comparison.gate import Checked, Limit, Outcome
from core.domain.ids import ModelId
from core.errors import InvalidInput, Misconfigured, NotFound
from core.services.application import Application
from core.services.checks.gate import Condition, GroupCondition, MetricCondition, check_model
from core.services.models.models import list_models
from core.services.projects.projects import get_project, list_projects

_UNITS = {"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_SIZE = re.compile(r"\s*([0-9.]+)\s*([A-Za-z]*)\s*")
_REQUIRED = re.compile(r"\s*([^<>=]+?)\s*(<=|>=)\s*([^<>=]+?)\s*")


def check(  # noqa: PLR0913  each is an option of the command
    model: Annotated[str, typer.Argument(help="Id or name of the model.")],
    *,
    against: Annotated[str, typer.Option(help="Id or name of the model that it must keep up with.")],
    project: Annotated[str | None, typer.Option(help="Short name of the project, for names.")] = None,
    recovery: Annotated[
        list[str] | None, typer.Option(help="Least share of the baseline's value: 0.99, or METRIC=0.99.")
    ] = None,
    group: Annotated[
        list[str] | None, typer.Option(help="Least share of right answers of a group: COLUMN=VALUE:0.95.")
    ] = None,
    max_bytes: Annotated[str | None, typer.Option(help="Most that the file may have: 300kB.")] = None,
    require: Annotated[list[str] | None, typer.Option(help="METRIC>=VALUE or METRIC<=VALUE.")] = None,
    accept_unsure: Annotated[
        bool, typer.Option("--accept-unsure", help="Pass where a limit lies within the interval.")
    ] = False,
    junit: Annotated[Path | None, typer.Option(help="Also write JUnit XML to this file.")] = None,
) -> None:
    """Check a model against conditions: exit code 0 if all hold, 1 if one fails, 2 if one is in doubt."""
    conditions: list[Condition] = [_recovery(one) for one in recovery or ()]
    conditions += [_group(one) for one in group or ()]
    conditions += [_size(max_bytes)] if max_bytes is not None else []
    conditions += [_required(one) for one in require or ()]
    with application() as opened:
        chosen, baseline = (_model(opened, name, project) for name in (model, against))
        found = check_model(opened, chosen, baseline, conditions)
    for one in found:
        typer.echo(line(one))
    if junit is not None:
        _write(junit, junit_xml(found, f"{model} against {against}", accept_unsure=accept_unsure))
    raise typer.Exit(exit_code(found, accept_unsure=accept_unsure))


def exit_code(found: list[Checked], *, accept_unsure: bool) -> int:
    """Return the exit code for what was found."""
    outcomes = {one.outcome for one in found}
    if Outcome.FAILS in outcomes:
        return 1
    doubtful = {Outcome.UNKNOWN} if accept_unsure else {Outcome.UNKNOWN, Outcome.UNSURE}
    return 2 if outcomes & doubtful else 0


def line(one: Checked) -> str:
    """Return a condition in one line: outcome, value with its interval, limit, and what to know of it."""
    limit = f"{'at least' if one.limit.least else 'at most'} {one.limit.value:.6g}"
    value = "no value" if one.value is None else f"{one.value:.6g}"
    if one.interval is not None:
        value += f" (95 %: {one.interval[0]:.6g} to {one.interval[1]:.6g})"
    note = f"; {one.note}" if one.note else ""
    return f"{one.outcome.value:8}{one.name}: {value}, {limit}{note}"


def junit_xml(found: list[Checked], name: str, *, accept_unsure: bool) -> str:
    """Return what was found as JUnit XML: one test case per condition."""
    failures = sum(_tag(one, accept_unsure=accept_unsure) == "failure" for one in found)
    errors = sum(_tag(one, accept_unsure=accept_unsure) == "error" for one in found)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(
        f'<testsuite name={quoteattr(name)} tests="{len(found)}" failures="{failures}" errors="{errors}">'
    )
    for one in found:
        tag, told = _tag(one, accept_unsure=accept_unsure), line(one)
        inner = f"<{tag} message={quoteattr(told)}/>" if tag else f"<system-out>{escape(told)}</system-out>"
        lines.append(
            f'  <testcase classname="compress-compare" name={quoteattr(one.name)}>{inner}</testcase>'
        )
    return "\n".join([*lines, "</testsuite>", ""])


def _tag(one: Checked, *, accept_unsure: bool) -> str:
    if one.outcome is Outcome.UNSURE and accept_unsure:
        return ""
    tags = {Outcome.HOLDS: "", Outcome.FAILS: "failure", Outcome.UNSURE: "error", Outcome.UNKNOWN: "error"}
    return tags[one.outcome]


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"The file {file} cannot be written: {error.strerror or error}."
        raise Misconfigured(message, "Give another path to --junit.") from error


def _model(opened: Application, text: str, project: str | None) -> ModelId:
    """Return a model by id, or by a name that only one model has."""
    if text.isascii() and text.isdecimal() and len(text) < 18:
        return ModelId(int(text))
    owners = [get_project(opened, project)] if project is not None else list_projects(opened)
    found = [model for owner in owners for model in list_models(opened, owner.id) if model.name == text]
    if not found:
        raise NotFound(f"There is no model named {text!r}.", "List them with: compress-compare models")
    if len(found) > 1:
        ids = ", ".join(str(model.id) for model in found[:8])
        message = f"{len(found)} models are named {text!r}."
        raise InvalidInput.of("model", message, f"Give an id ({ids}), or --project.")
    return found[0].id


def _recovery(text: str) -> MetricCondition:
    metric, _, number = text.rpartition("=")
    return MetricCondition(Limit(_number("recovery", number), least=True), metric.strip(), recovery=True)


def _group(text: str) -> GroupCondition:
    group, _, number = text.rpartition(":")
    column, equals, value = group.partition("=")
    if not equals or not column.strip():
        raise InvalidInput.of("group", f"{text!r} names no group.", 'Write, for example, "class=8:0.95".')
    return GroupCondition(column.strip(), value.strip(), _number("group", number))


def _size(text: str) -> MetricCondition:
    found = _SIZE.fullmatch(text)
    if found is None or found[2].lower() not in _UNITS:
        raise InvalidInput.of("max-bytes", f"{text!r} is no size.", "Write, for example, 300kB or 1.5MiB.")
    most = _number("max-bytes", found[1]) * _UNITS[found[2].lower()]
    return MetricCondition(Limit(most, least=False), most_bytes=True)


def _required(text: str) -> MetricCondition:
    found = _REQUIRED.fullmatch(text)
    if found is None:
        hint = 'Write, for example, "top1>=0.9" or "latency_ms<=5".'
        raise InvalidInput.of("require", f"{text!r} is no condition.", hint)
    return MetricCondition(Limit(_number("require", found[3]), least=found[2] == ">="), found[1])


def _number(field: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidInput.of(field, f"{text!r} is not a number.", "Write, for example, 0.95.") from None

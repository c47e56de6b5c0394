"""`compress-compare measure` queues further measurements of models; `layers` shows those of layers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer
import yaml

from core.cli.composition import application
from core.cli.listings import BaselineOption, JsonOption, show
from core.domain.ids import DatasetId, ModelId
from core.domain.measurement.evaluation import Arrays, LayerKind
from core.domain.recipe import Step
from core.domain.technique import LayerRules
from core.errors import InvalidInput, NotFound
from core.presentation.counts import counted
from core.services.application import Application
from core.services.behaviour.instance_groups import named_group
from core.services.files import yaml_reading
from core.services.layers.layer_pairs import PAIR, queue_layer_comparison
from core.services.layers.layer_statistics import layer_statistics, sensitivities, sensitivity_arrays
from core.services.measurements.measurements import (
    Measurement,
    queue_evaluation,
    queue_layers,
    queue_profile,
    queue_sensitivity,
)
from core.services.models.models import get_model
from core.services.projects.projects import get_project
from core.services.rows.figures import named_dataset

app = typer.Typer(help="Queue further measurements of models that exist.", no_args_is_help=True)

Ids = Annotated[list[int], typer.Argument(help="Ids of models.")]
QueueOption = Annotated[str, typer.Option("--queue", help="Where to run: cpu, gpu or gpu.<host>.<number>.")]
InstancesOption = Annotated[int | None, typer.Option("--instances", help="Use at most so many instances.")]


class Aspect(StrEnum):
    """What to show of layers: a kind of layer statistics, or the latest sensitivity."""

    WEIGHTS = "weights"
    ACTIVATIONS = "activations"
    COST = "cost"
    SENSITIVITY = "sensitivity"


@app.command()
def evaluate(  # noqa: PLR0913  each is an option of the command
    ids: Ids,
    *,
    precision: Annotated[
        str | None, typer.Option(help="float32, bfloat16 or float16; else the protocol's.")
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(help="Instances at once; halved if they do not fit.")
    ] = None,
    split: Annotated[str | None, typer.Option(help="train or test; else the protocol's.")] = None,
    instances: InstancesOption = None,
    data: Annotated[str | None, typer.Option(help="Name of a data set; else the protocol's.")] = None,
    group: Annotated[
        str | None, typer.Option(help="Name of a saved group of instances; else all of them.")
    ] = None,
    queue: QueueOption = "cpu",
) -> None:
    """Evaluate models once more; what is not measured as the protocol says gets a name of its own."""
    with application() as opened:
        how = Measurement(
            dataset_id=dataset_of(opened, ids[0], data),
            group_id=named_group(opened, ModelId(ids[0]), group) if group else None,
            split=split,
            instances=instances,
            batch_size=batch_size,
            precision=precision,
            queue=queue,
        )
        _say(len(queue_evaluation(opened, _models(ids), how)))


@app.command()
def profile(ids: Ids, queue: QueueOption = "cpu") -> None:
    """Measure size, speed and memory once more, for instance on another device."""
    with application() as opened:
        _say(len(queue_profile(opened, _models(ids), Measurement(queue=queue))))


@app.command("layers")
def activations(
    ids: Ids,
    instances: InstancesOption = None,
    again: Annotated[bool, typer.Option("--again", help="Also where they were gathered before.")] = False,
    queue: QueueOption = "cpu",
) -> None:
    """Gather what each layer puts out, of models and of their bases."""
    how = Measurement(instances=instances, queue=queue)
    with application() as opened:
        _say(len(queue_layers(opened, _models(ids), how, again=again)))


@app.command()
def pair(
    model: Annotated[int, typer.Argument(help="Id of the model.")],
    baseline: Annotated[int, typer.Argument(help="Id of the model to compare with.")],
    *,
    aspects: Annotated[
        list[Aspect] | None, typer.Option("--aspect", help="weights or activations; else both.")
    ] = None,
    instances: InstancesOption = None,
    queue: QueueOption = "cpu",
) -> None:
    """Compare the layers of any two models of a project; see `layers --baseline`."""
    how = Measurement(instances=instances, queue=queue)
    kinds = [_kind(aspect) for aspect in aspects] if aspects else PAIR
    with application() as opened:
        queued = queue_layer_comparison(opened, ModelId(model), ModelId(baseline), how, kinds=kinds)
        if queued is None:
            _say(0)
        else:
            typer.echo(f"Run {queued} compares them.")


@app.command()
def sensitivity(  # noqa: PLR0913  each is an option of the command
    model: Annotated[int, typer.Argument(help="Id of the model.")],
    technique: Annotated[str, typer.Argument(help="Technique to apply to one layer at a time.")],
    *,
    parameters: Annotated[
        list[str] | None, typer.Option("--set", help="A parameter, e.g. sparsity=0.5.")
    ] = None,
    include: Annotated[list[str] | None, typer.Option(help="Pattern of layers to examine.")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="Pattern of layers to leave out.")] = None,
    instances: InstancesOption = None,
    queue: QueueOption = "cpu",
) -> None:
    """Compress one layer of a model at a time, and evaluate each result."""
    rules = LayerRules(tuple(include or ()), tuple(exclude or ()))
    step = Step(technique, dict(map(_parameter, parameters or ())), rules)
    how = Measurement(instances=instances, queue=queue)
    with application() as opened:
        queue_sensitivity(opened, ModelId(model), step, how)
        _say(1)


def layers(
    model: Annotated[int, typer.Argument(help="Id of the model.")],
    aspect: Annotated[Aspect, typer.Option(help="What to show.")] = Aspect.WEIGHTS,
    baseline: BaselineOption = None,
    json: JsonOption = False,
) -> None:
    """Show what is known of each layer of a model."""
    with application() as opened:
        get_model(opened, ModelId(model))
        arrays = _arrays(opened, ModelId(model), aspect, None if baseline is None else ModelId(baseline))
    beside = "" if baseline is None else f" beside model {baseline}"
    if not arrays:
        hint = "Run: compress-compare measure --help"
        raise NotFound(f"Nothing is known of the {aspect} of model {model}{beside}.", hint)
    if "problem" in arrays and len(arrays) == 1:
        raise NotFound(f"There are no {aspect} of model {model}{beside}: {arrays['problem'][0]}")
    columns = _columns(arrays)
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    show(rows if json else [_measured(row) for row in rows], tuple(columns), json=json)


def _arrays(opened: Application, model_id: ModelId, aspect: Aspect, baseline_id: ModelId | None) -> Arrays:
    if aspect is not Aspect.SENSITIVITY:
        return layer_statistics(opened, model_id, LayerKind(aspect.value), baseline_id)
    found = sensitivities(opened, model_id)
    return sensitivity_arrays(opened, found[0].id) if found else {}


def _measured(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row without figures that mean nothing, such as the angle between weights of other shapes."""
    return {
        name: value for name, value in row.items() if not (isinstance(value, float) and math.isnan(value))
    }


def _columns(arrays: Arrays) -> dict[str, list[Any]]:
    """Return the arrays with one value per layer, names first."""
    leading = ("parameter", "layer", "module", "module_type", "call")
    layers = max(len(array) for name, array in arrays.items() if not name.startswith("removed"))
    chosen = [name for name, array in arrays.items() if array.ndim == 1 and len(array) == layers]
    ordered = sorted(chosen, key=lambda name: leading.index(name) if name in leading else len(leading))
    return {name: arrays[name].tolist() for name in ordered}


def dataset_of(opened: Application, model: int, name: str | None) -> DatasetId | None:
    """Return the id of the data set of that name in a model's project; None for no name."""
    if name is None:
        return None
    project = get_project(opened, get_model(opened, ModelId(model)).model.project_id)
    return named_dataset(project, name)


def _models(ids: list[int]) -> list[ModelId]:
    return [ModelId(number) for number in ids]


def _parameter(text: str) -> tuple[str, Any]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        hint = "Write name=value, e.g. --set sparsity=0.5."
        raise InvalidInput.of("step.parameters", f"{text!r} is not a parameter.", hint)
    try:
        return name, yaml_reading.load(value)
    except yaml.YAMLError:
        return name, value


def _kind(aspect: Aspect) -> LayerKind:
    try:
        return LayerKind(aspect.value)
    except ValueError:
        message = f"{aspect} compares no models."
        raise InvalidInput.of("kinds", message, f"Use {', '.join(sorted(PAIR))}.") from None


def _say(runs: int) -> None:
    typer.echo(
        f"Queued {counted(runs, 'run')}." if runs else "Everything asked for is there already, or on its way."
    )

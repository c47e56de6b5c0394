"""What head and feed-forward pruning share: parameters, how units are judged, and their removal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import torch
from pydantic import Field
from torch import Tensor

from core.compression.base import Context
from core.compression.calibration import CalibrationParams, calibration_batches
from core.compression.layers import Layer
from core.compression.model import CompressibleModel
from core.compression.selection.saliency import loss_saliency
from core.compression.structure.slimming import SLIM
from core.compression.structure.units import Block, importance, matrix_of, removal
from core.data.dataset import Dataset, call, move
from core.domain.module_table import Units
from core.domain.parameter.traits import CountedUnits, Takes
from core.errors import UnusableInput
from core.parameters import Declared


def share_of(what: str, instead: str) -> Any:
    """Return the field that says which share of each layer's units goes.

    what: how people call the units. instead: what they can do where there are none.
    """
    return Field(
        0.5,
        title="Share removed",
        ge=0,
        le=0.95,
        description=f"Share of each layer's {what}.",
        json_schema_extra=Declared(counts=CountedUnits(what, instead, Takes.REMOVED)),
    )


class UnitPruningParams(CalibrationParams):
    """How many units of each layer go, and what decides which."""

    ratio: float = share_of("units", "Leave the step out.")
    criterion: Literal["gradient", "magnitude"] = Field(
        "gradient",
        title="Criterion",
        description="Gradient: what the loss on training data misses least. Magnitude: the smallest weights.",
    )


def removable(blocks: Sequence[Block]) -> tuple[Units, ...]:
    """Return what can be said of blocks before anything is removed."""
    return tuple(Units(block.layers, block.units) for block in blocks)


def remove_units(
    model: CompressibleModel,
    blocks: Sequence[Block],
    chosen: Sequence[tuple[Layer, UnitPruningParams]],
    *,
    context: Context,
    what: str,
) -> None:
    """Remove the least important units of every block of which the rules leave out no layer.

    Raises:
        UnusableInput: no block loses a unit; `what` says what units are called.
    """
    params = {name: own for layer, own in chosen for name in layer.names}
    touched = [block for block in blocks if all(name in params for name in block.layers)]
    if not touched:
        reason = "the layer rules leave out a part of each" if blocks else "the model has none that it knows"
        raise UnusableInput(
            f"There are no {what} to remove: {reason}.", "Leave the step out, or widen its layer rules."
        )
    goals = {block.name: _goal(block, params[block.layers[0]]) for block in touched}
    if all(goals[block.name] == block.units for block in touched) and any(
        own.ratio for own in params.values()
    ):
        fewest = ", ".join(f"{block.name} has {block.units}" for block in touched[:3])
        raise UnusableInput(
            f"The share asked for is less than one of the {what} of any layer: {fewest}.", "Raise the share."
        )
    scores = _scores(model, touched, chosen, context)
    kept = []
    for block in touched:
        order = importance(block, scores).argsort(descending=True, stable=True)
        kept.append((block, sorted(order[: goals[block.name]].tolist())))
    expected = _without(model, kept, context)
    model.edit(SLIM, removal(kept))
    found = _outputs(model, context, what)
    if (
        expected is not None
        and found is not None
        and not torch.allclose(found, expected, atol=0.01, rtol=0.01)
    ):
        raise UnusableInput(
            f"The experts of the model order their {what} in a way that is not known here.",
            "Leave the experts out with a layer rule, or choose a technique that removes no units.",
        )


def _without(
    model: CompressibleModel, kept: Sequence[tuple[Block, Sequence[int]]], context: Context
) -> Tensor | None:
    """Return the outputs for an example without the effect of units that go, None if that is not known.

    The weights by which these leave are zero afterwards.
    """
    leaving = [(block, units, block.outputs) for block, units in kept if block.outputs is not None]
    if not leaving or context.data is None:
        return None
    with torch.no_grad():
        for block, units, part in leaving:
            gone = sorted({*range(block.units)} - {*units})
            weight = model.module.get_parameter(part.tensor)
            matrix_of(weight, part)[part.indices(gone, block.units)] = 0
        return _called(model, context.data, context)


def _called(model: CompressibleModel, data: Dataset, context: Context) -> Tensor:
    return call(model.module, move(data.examples(1), context.device))


def _outputs(model: CompressibleModel, context: Context, what: str) -> Tensor | None:
    """Return the outputs for an example, None without data.

    Raises:
        UnusableInput: the model counts its units in a way that is not known here.
    """
    if context.data is None:
        return None
    try:
        with torch.no_grad():
            return _called(model, context.data, context)
    except torch.OutOfMemoryError:
        raise
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise UnusableInput(
            f"Without some of its {what} the model does not compute any more: {reason}",
            "Leave the step out for this architecture.",
        ) from error


def _goal(block: Block, params: UnitPruningParams) -> int:
    return max(1, block.units - round(params.ratio * block.units))


def _scores(
    model: CompressibleModel,
    blocks: Sequence[Block],
    chosen: Sequence[tuple[Layer, UnitPruningParams]],
    context: Context,
) -> dict[str, Tensor]:
    names = {name for block in blocks for name in block.layers}
    layers = [layer for layer, _ in chosen if names & set(layer.names)]
    by_gradient = any(own.criterion == "gradient" for _, own in chosen)
    if by_gradient:
        batches = calibration_batches(model, context, chosen[0][1])
        values = loss_saliency(model.module, layers, batches, context.training_task())
    else:
        values = [layer.weight.detach().float().square() for layer in layers]
    return {
        f"{name}.{layer.leaf}": score
        for layer, score in zip(layers, values, strict=True)
        for name in layer.names
    }

"""Base models that name their classes, with outputs in the order of the data's classes."""

from __future__ import annotations

from core.compression.model import CompressibleModel
from core.data.base import Split
from core.data.dataset import Dataset
from core.data.rows.class_order import positions
from core.errors import UnusableInput
from core.execution.base import RunContext
from core.models.base import Architecture, model_sources
from core.models.output_order import reorder_outputs
from core.parameters import parse
from core.presentation.lists import listed

_EXAMPLES = 8


def in_order_of_data(run_context: RunContext, model: CompressibleModel) -> None:
    """Put the outputs of a base model that was just made into the order of the data's classes, by name.

    Nothing happens where the model or the data have no names, or the order is the same. A note says what was
    done, or that names differ.

    Raises:
        UnusableInput: the order differs, and no layer of the model can be put into another one.
    """
    source = model_sources.get(model.architecture.source)
    params = parse(source.Params, model.architecture.parameters, path="model.parameters")
    own = source.class_names(params)
    if not own or run_context.dataset() is None:
        return
    data = run_context.data(Split.TEST)
    order = positions(data.class_names, own)
    if order is None:
        _note_difference(model, own, data)
        return
    if order == list(range(len(order))):
        return
    if not reorder_outputs(model.module, order, data.examples(_EXAMPLES)):
        raise UnusableInput(
            f"The model has its classes in the order {listed(own)}, the data {listed(data.class_names)}, "
            "and no layer of the model could be put into that order.",
            "Give the classes in the model's order in the settings of the data.",
        )
    names = [own[place] for place in order]
    ordered = source.with_class_names(params, names)
    model.architecture = Architecture(model.architecture.source, ordered.model_dump())
    model.note(f"Outputs were matched by name to the data's classes: {listed(names)}.")


def _note_difference(model: CompressibleModel, own: tuple[str, ...], data: Dataset) -> None:
    named = any(not name.isdecimal() for name in data.class_names)
    if named and len(own) == len(data.class_names):
        model.note(
            f"The model names its classes {listed(own)}, the data {listed(data.class_names)}: outputs are "
            "matched by their order, since the names differ."
        )

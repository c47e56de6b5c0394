"""A model with the weights of its parent as another program quantized them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from core.compression.model import CompressibleModel
from core.compression.sharing import canonical_names
from core.compression.training.restoring import take, touched_tensors
from core.domain.quantized_files.provenance import LAYOUT, PLACES, SOURCE
from core.domain.technique import LayerRules
from core.errors import UnusableInput
from core.models.base import Architecture, model_sources
from core.models.transformer import Purpose, auto_class
from core.models.weight_files.weights import Weights
from core.parameters import parse
from core.presentation.lists import listed


def with_quantized_weights(parent: CompressibleModel, parameters: Mapping[str, Any]) -> CompressibleModel:
    """Return a copy of a model of transformers with the weights of quantized files.

    parameters: those of the step, see `core.domain.quantized_files.provenance`. Weights that the files have
    none for, such as a head, stay as they are in the parent.

    Raises:
        UnusableInput: the files cannot be read, are of another model, or of another layout than was seen.
    """
    purpose, classes = _purpose(parent.module)
    source = model_sources.get(SOURCE)
    given = {name: parameters[name] for name in PLACES if parameters.get(name)}
    params = parse(source.Params, {**given, "purpose": purpose.value, "classes": classes})
    weights = source.weights(params)
    if not isinstance(weights, Weights):
        raise UnusableInput("The step names no files.", "Give the folder of a quantized model.")
    _require_layout(weights.layout, str(parameters.get(LAYOUT) or ""))
    resolved = Architecture(SOURCE, source.resolved(params).model_dump())
    donor = CompressibleModel.filled(resolved.build(), resolved, weights)
    result, aliases = parent.copy(), canonical_names(parent.module)
    lacking = {aliases.get(name, name) for name in weights.drawn}
    names = [name for name in touched_tensors(result.module, LayerRules()) if name not in lacking]
    _require_same_model(result, donor, names)
    take(result, names, donor)
    for note in donor.notes:
        if not note.startswith(_DRAWN):
            result.note(note)
    if lacking:
        shown = listed(sorted(lacking), 4)
        result.note(f"The files have no weights for {shown}, which stay as in the parent.")
    return result


_DRAWN = "The files have no weights for"


def _purpose(module: nn.Module) -> tuple[Purpose, int]:
    """Return what a module of transformers is for, and how many classes it has."""
    config = getattr(module, "config", None)
    for purpose in Purpose if config is not None else ():
        known = auto_class(purpose)._model_mapping
        if type(config) in known and type(module) is known[type(config)]:
            classifies = purpose in {Purpose.TEXT_CLASSIFICATION, Purpose.IMAGE_CLASSIFICATION}
            return purpose, int(config.num_labels) if classifies and config is not None else 0
    raise UnusableInput(
        f"The parent is a {type(module).__name__}, and quantized files are read for models of transformers.",
        "Choose a parent that came from Hugging Face, or import the files as a base model.",
    )


def _require_layout(found: str, expected: str) -> None:
    if expected and found != expected:
        raise UnusableInput(
            f"The files hold {found}, but were {expected} when the model was queued.",
            "Queue it again, so that its step says what the files are now.",
        )


def _require_same_model(model: CompressibleModel, donor: CompressibleModel, names: list[str]) -> None:
    own, other = model.module.state_dict(), donor.module.state_dict()
    extra = [name for name in other if name not in own]
    wrong = [name for name in names if name not in other or other[name].shape != own[name].shape]
    if extra or wrong:
        shown = listed([*wrong, *extra], 3)
        raise UnusableInput(
            f"The files are of another model than the parent: {shown} differ in shape or are in one of them.",
            "Choose the parent that was quantized, before steps that changed its structure.",
        )

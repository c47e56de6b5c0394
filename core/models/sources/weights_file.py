"""Models of your own: a factory from a plug-in builds the module, a file holds its weights.

The file is safetensors or a state dict, also one saved from a parallel wrapper or inside a training
checkpoint; pickles are loaded weights-only, so that no code in them can run. torch's multi-head attention,
alone or in its transformer layers, is taken apart into layers, so that all techniques reach it; weights in
torch's form fit as they are. Models are held in float32, as their inputs are; cast them in a step.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pydantic import Field, field_validator
from torch import Tensor, nn

from core.data.text.reading import Form, TextReader
from core.domain.parameter.inputs import Inputs
from core.domain.parameter.spec import ParameterSpec
from core.domain.parameter.traits import NeededFor
from core.models.attention import with_separate_attention
from core.models.base import ModelSource, model_sources
from core.models.factories import (
    build_with,
    factory_named,
    factory_names,
    reading_factories,
    writing_factories,
)
from core.models.own_tokenizers import own_reader
from core.models.path_parameters import averaged_field, tokenizer_field, weights_field
from core.models.weight_files.files import read_weights
from core.parameters import Declared, Parameters


def _with_names(spec: ParameterSpec) -> ParameterSpec:
    """Return the parameter with the factories that there are, so that a wrong name is refused at once."""
    names, writing = factory_names(), writing_factories()
    reading = tuple(name for name in names if name not in writing)
    suits = {"generation": tuple(writing), "text-classification": reading} if names else {}
    return replace(spec, choices=tuple(names), suits=suits)


def _with_need(spec: ParameterSpec) -> ParameterSpec:
    """Return the parameter as one that models of texts need unless their factory brings a tokenizer."""
    return replace(spec, needed_for=NeededFor(Inputs.TEXTS, {"factory": tuple(reading_factories())}))


class WeightsFileParams(Parameters):
    """Which factory with which options, and where the weights are."""

    factory: str = Field(
        title="Factory",
        description="Name under which a plug-in registered it with model_factory.",
        json_schema_extra=Declared(as_written=True, completed=_with_names),
    )
    options: str = Field(
        "{}",
        title="Options",
        description='Keyword arguments of the factory as JSON, e.g. {"classes": 10}.',
        json_schema_extra=Declared(json_object=True),
    )
    weights_file: str = weights_field(
        "A safetensors file of yours, or the path of a weight file on the worker; empty: drawn at random."
    )
    averaged: bool = averaged_field()
    tokenizer: str = tokenizer_field(
        "Of a model of texts: a folder on the worker, or a name on the hub; empty: the factory's own.",
        completed=_with_need,
    )

    @field_validator("options")
    @classmethod
    def _an_object(cls, text: str) -> str:
        try:
            dict(**json.loads(text))
        except (TypeError, ValueError) as error:
            raise ValueError(f'it is no JSON object such as {{"classes": 10}} ({error})') from None
        return text


@model_sources.register("weights-file")
class WeightsFile(ModelSource[WeightsFileParams]):
    """Any module that a plug-in can build."""

    label = "Own model with a weights file"
    unweighted = (
        "No weights file was given, so all weights are as the factory draws them: train the model first, "
        "or give its weights."
    )
    Params = WeightsFileParams

    def build(self, params: WeightsFileParams) -> nn.Module:
        """Return what the factory builds, in float32 and with torch's attention in separate layers."""
        module = build_with(params.factory, json.loads(params.options))
        return with_separate_attention(module.float())

    def weights(self, params: WeightsFileParams) -> Mapping[str, Tensor] | None:
        """Return the weights of the file, None where no file is named."""
        return (
            read_weights(Path(params.weights_file), averaged=params.averaged) if params.weights_file else None
        )

    def reader(self, params: WeightsFileParams) -> TextReader | None:
        """Return the reader of the tokenizer that is named or that the factory brings; None without one."""
        factory = factory_named(params.factory)
        tokenizer = params.tokenizer or factory.tokenizer
        if tokenizer is None:
            return None
        form = Form.CAUSAL if factory.writes else Form.CLASSIFICATION
        return own_reader(tokenizer, form, context=factory.context)

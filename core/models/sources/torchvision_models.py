"""Any classification architecture that torchvision knows by name.

Weights come from a safetensors file or a state dict, or are those that torchvision publishes where a
download is asked for; else they are random. The attention of vision transformers is taken apart into
layers, so that all techniques reach it; weights in torchvision's own form fit as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pydantic import Field, field_validator, model_validator
from torch import Tensor, nn
from torchvision import models

from core.domain.data.preprocessing import Preprocessing, of_transforms
from core.domain.parameter.inputs import Inputs
from core.domain.parameter.spec import ParameterSpec
from core.domain.parameter.traits import PublishedWeights
from core.errors import UnknownName, UnusableInput
from core.models.attention import with_separate_attention
from core.models.base import ModelSource, model_sources
from core.models.path_parameters import averaged_field, weights_field
from core.models.weight_files.files import read_weights
from core.parameters import Declared, Parameters

_KNOWN = tuple(models.list_models(module=models))


def _expected(architecture: str) -> Preprocessing:
    """Return how images are prepared for the published weights; nothing is fetched."""
    return of_transforms(models.get_model_weights(architecture)["DEFAULT"].transforms())


def _with_expected_images(spec: ParameterSpec) -> ParameterSpec:
    """Return the switch with what images the published weights of each architecture expect."""
    expected = {name: _expected(name) for name in _KNOWN}
    usual, _ = Counter(expected.values()).most_common(1)[0]
    others = {name: one for name, one in expected.items() if one != usual}
    return replace(spec, published=PublishedWeights("architecture", usual, others))


class TorchvisionParams(Parameters):
    """Which architecture, how many classes, and where its weights are."""

    architecture: str = Field(
        "resnet18",
        title="Architecture",
        description="Name in torchvision.models, e.g. resnet50.",
        json_schema_extra=Declared(known=_KNOWN),
    )
    classes: int = Field(
        1000,
        title="Classes",
        ge=2,
        le=100_000,
        description="Number of outputs.",
        json_schema_extra=Declared(of_data="classes"),
    )
    weights_file: str = weights_field(
        "A safetensors file of yours, or the path of a weight file on the worker; may be empty."
    )
    averaged: bool = averaged_field()
    published: bool = Field(
        False,
        title="Published weights",
        description="Whether the worker may fetch the weights that torchvision publishes, for 1000 classes.",
        json_schema_extra=Declared(weights=True, completed=_with_expected_images),
    )

    @model_validator(mode="after")
    def _one_origin(self) -> TorchvisionParams:
        if self.published and self.weights_file:
            raise ValueError("weights come from a file or are the published ones, not both")
        return self

    @field_validator("architecture")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in _KNOWN:
            error = UnknownName("torchvision architecture", name, _KNOWN)
            raise ValueError(str(error))
        return name


@model_sources.register("torchvision")
class TorchvisionModels(ModelSource[TorchvisionParams]):
    """Image classifiers of torchvision."""

    label = "torchvision"
    inputs = Inputs.IMAGES
    Params = TorchvisionParams

    def build(self, params: TorchvisionParams) -> nn.Module:
        """Return the untrained architecture."""
        options = (
            {"aux_logits": False, "init_weights": True, "transform_input": params.published}
            if _has_auxiliary_head(params.architecture)
            else {}
        )  # the published weights of these were trained on images normalised in another way
        module: nn.Module = models.get_model(
            params.architecture, weights=None, num_classes=params.classes, **options
        )
        return with_separate_attention(module)

    def weights(self, params: TorchvisionParams) -> Mapping[str, Tensor] | None:
        """Return the weights of the file or the published ones; None where neither is asked for."""
        if params.published:
            return _published(params.architecture)
        return (
            read_weights(Path(params.weights_file), averaged=params.averaged) if params.weights_file else None
        )

    def preprocessing(self, params: TorchvisionParams) -> Preprocessing | None:
        """Return what the published weights expect; None where others are taken."""
        return _expected(params.architecture) if params.published else None

    def class_names(self, params: TorchvisionParams) -> tuple[str, ...]:
        """Return the categories of the published weights; none where others are taken."""
        if not params.published:
            return ()
        meta = models.get_model_weights(params.architecture)["DEFAULT"].meta
        names = tuple(str(name) for name in meta.get("categories", ()))
        return names if len(names) == params.classes else ()


def _published(architecture: str) -> Mapping[str, Tensor]:
    try:
        module: nn.Module = models.get_model(
            architecture,
            weights="DEFAULT",
            **({"aux_logits": False} if _has_auxiliary_head(architecture) else {}),
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise UnusableInput(
            f"The published weights of {architecture} cannot be fetched: {error}.",
            "Check the worker's connection, or give a weights file.",
        ) from error
    return module.state_dict()


def _has_auxiliary_head(architecture: str) -> bool:
    """Return whether training this architecture would return more than logits."""
    return architecture in {"googlenet", "inception_v3"}

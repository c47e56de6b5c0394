"""Any classification architecture that torchvision knows by name, with weights from a local file.

The file is a safetensors file or a state dict; without one the weights are random.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, field_validator
from torch import Tensor, nn
from torchvision import models

from core.errors import UnknownName
from core.models.base import ModelSource, model_sources
from core.models.files import read_weights
from core.parameters import Parameters


class TorchvisionParams(Parameters):
    """Which architecture, how many classes, and where its weights are."""

    architecture: str = Field(
        "resnet18", title="Architecture", description="Name in torchvision.models, e.g. resnet50."
    )
    classes: int = Field(1000, title="Classes", ge=2, le=100_000, description="Number of outputs.")
    weights_file: str = Field(
        "",
        title="Weights file",
        description="Path of a safetensors or state-dict file on the worker; may be empty.",
    )

    @field_validator("architecture")
    @classmethod
    def _known(cls, name: str) -> str:
        known = models.list_models(module=models)
        if name not in known:
            error = UnknownName("torchvision architecture", name, known)
            raise ValueError(str(error))
        return name


@model_sources.register("torchvision")
class TorchvisionModels(ModelSource[TorchvisionParams]):
    """Image classifiers of torchvision."""

    label = "torchvision"
    Params = TorchvisionParams

    def build(self, params: TorchvisionParams) -> nn.Module:
        """Return the untrained architecture."""
        options = (
            {"aux_logits": False, "init_weights": True} if _has_auxiliary_head(params.architecture) else {}
        )
        module: nn.Module = models.get_model(
            params.architecture, weights=None, num_classes=params.classes, **options
        )
        return module

    def weights(self, params: TorchvisionParams) -> Mapping[str, Tensor] | None:
        """Return the weights of the file, None where no file is named."""
        return read_weights(Path(params.weights_file)) if params.weights_file else None


def _has_auxiliary_head(architecture: str) -> bool:
    """Return whether training this architecture would return more than logits."""
    return architecture in {"googlenet", "inception_v3"}

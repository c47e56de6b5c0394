"""Restoring layers: chosen layers get back the weights that they had in an ancestor of the model.

Where compression hurt some layers more than it gained, undoing it there alone often recovers most of the
quality; which layers to choose, a sensitivity analysis tells (B. Wu et al., "Mixed Precision Quantization of
ConvNets via Differentiable Neural Architecture Search", 2018, arXiv 1812.00090, keep sensitive layers
precise). Name the layers with layer rules; without any, all of them are restored. Layers whose structure
changed since cannot be.
"""

from __future__ import annotations

from pydantic import Field

from core.compression.base import Context, Technique, techniques
from core.compression.model import CompressibleModel
from core.compression.training.restoring import take, touched_tensors
from core.domain.parameter.traits import AncestorBy
from core.domain.technique import Family, Storage
from core.errors import UnusableInput
from core.parameters import Declared, Parameters


class RestoreLayersParams(Parameters):
    """Which ancestor the weights come from."""

    depth: int = Field(
        0,
        title="Depth",
        ge=0,
        le=1000,
        description="Steps from the base to the ancestor; 0 is the base.",
        json_schema_extra=Declared(used_with={"ancestor": ("",)}, ancestor=AncestorBy.DEPTH),
    )
    ancestor: str = Field(
        "",
        title="Ancestor",
        max_length=200,
        description="Name of the ancestor; replaces the depth.",
        json_schema_extra=Declared(ancestor=AncestorBy.NAME),
    )


@techniques.register("restore-layers")
class RestoreLayers(Technique[RestoreLayersParams]):
    """Copies weights, biases and running statistics of the modules that layer rules touch."""

    label = "Restore layers"
    family = Family.CORRECTION
    storage = Storage.UNCHANGED
    headline = ("depth",)
    Params = RestoreLayersParams

    def apply(self, model: CompressibleModel, params: RestoreLayersParams, context: Context) -> None:
        """Take the ancestor's weights, with their grids and palettes."""
        names = touched_tensors(model.module, context.rules)
        if not names:
            raise UnusableInput("The layer rules leave nothing to restore.", "Widen them.")
        take(model, names, context.ancestor(params.depth, params.ancestor))

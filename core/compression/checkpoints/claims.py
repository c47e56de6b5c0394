"""What is real about a compressed model: whether its file and its arithmetic save what its step promises."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from torch import nn

from core.compression.activation_quantization.int8_arithmetic import Int8Arithmetic
from core.compression.activation_quantization.native_int8 import NativeLayers, native_layers
from core.compression.checkpoints.checkpoint import CheckpointSummary, StoredForm
from core.compression.edits import edits
from core.compression.layers import compressible_layers
from core.compression.model import CompressibleModel
from core.compression.sharing import canonical_names
from core.models.onnx_runtime.runtime_module import OnnxModule

NEGLIGIBLE = 0.01  # share of a file that may be stored in full, or of codes computed in full, unsaid
CODED = {"grid", "palette", "palettes", "cast"}


@dataclass(frozen=True)
class Claims:
    """How much of a model's compression is acted out only.

    storage: "stored" if the file is as small as the encodings say, else "simulated".
    speed: "real" if measured times are those of the compressed arithmetic, else "simulated".
    reasons: a clause each that says what is simulated, for people.
    """

    storage: Literal["stored", "simulated"]
    speed: Literal["real", "simulated"]
    reasons: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the same as JSON values."""
        return {"storage": self.storage, "speed": self.speed, "reasons": list(self.reasons)}


def claims(
    model: CompressibleModel, summary: CheckpointSummary, native: NativeLayers | None = None
) -> Claims:
    """Return what is real about a model.

    summary: what `save` returned for it. native: layers that a library computes; those it could by default.
    """
    if isinstance(model.module, OnnxModule):
        return Claims("stored", "real")
    layers = _native_layers(model, native_layers(model) if native is None else native)
    coded = {name: form.bits for name, form in summary.tensors.items() if _parts(form) & CODED}
    slow = [
        _floating(model, coded, layers),
        "zero weights are multiplied like all others"
        if any("sparse" in _parts(form) for form in summary.tensors.values())
        else "",
        *(edits.get(edit.name).acted_out(model.module, edit.arguments, layers) for edit in model.edits),
    ]
    reasons = tuple(dict.fromkeys(filter(None, slow)))
    speed: Literal["real", "simulated"] = "simulated" if reasons else "real"
    loose = {
        name: summary.tensors[name].bits for name in model.encodings if name in summary.tensors.keys() - coded
    }
    if sum(loose.values()) <= NEGLIGIBLE * 8 * summary.theoretical_bytes:
        return Claims("stored", speed, reasons)
    full = f"{', '.join(list(loose)[:3])} stored in full, as coding saves nothing"
    return Claims("simulated", speed, (*reasons, full))


def _parts(form: StoredForm) -> set[str]:
    return set(form.form.split("-"))


def _floating(model: CompressibleModel, coded: Mapping[str, int], native: Collection[str]) -> str:
    """Return that layers compute with floating-point numbers instead of their codes, empty if few do.

    coded: bits of each coded tensor. Embeddings are looked up, so it makes no difference to them.
    """
    aliases = canonical_names(model.module)
    exempt = {aliases.get(f"{name}.weight", f"{name}.weight") for name in native}
    for layer in compressible_layers(model.module):
        if all(isinstance(model.module.get_submodule(name), nn.Embedding) for name in layer.names):
            exempt.add(layer.parameter_name)
    slow = [name for name in coded if name not in exempt]
    if sum(coded[name] for name in slow) <= NEGLIGIBLE * sum(coded.values()):
        return ""
    return "stored codes become floating-point weights when the model is loaded" + (
        f": {', '.join(slow[:3])}" if native else ""
    )


def _native_layers(model: CompressibleModel, native: NativeLayers) -> set[str]:
    """Return the names of layers that multiply their weights in coded form."""
    modules = model.module.named_modules(remove_duplicate=False)
    return {name for name, child in modules if isinstance(child, Int8Arithmetic)} | set(native.names)

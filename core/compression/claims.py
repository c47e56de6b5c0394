"""What is real about a compressed model: whether its file and its arithmetic save what its step promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from core.compression.checkpoint import CheckpointSummary
from core.compression.edits import edits
from core.compression.int8_arithmetic import Int8Arithmetic
from core.compression.model import CompressibleModel
from core.compression.sharing import canonical_names

NEGLIGIBLE = 0.01  # share of the file that may be stored in full although it has codes
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


def claims(model: CompressibleModel, summary: CheckpointSummary) -> Claims:
    """Return what is real about a model. summary: what `save` returned for it."""
    forms = {name: set(stored.form.split("-")) for name, stored in summary.tensors.items()}
    loose = [name for name in model.encodings if name in forms and not forms[name] & CODED]
    slow = []
    native = _natively(model)
    if any(form & CODED for name, form in forms.items() if name not in native):
        slow.append("stored codes become floating-point weights when the model is loaded")
    if any("sparse" in form for form in forms.values()):
        slow.append("zero weights are multiplied like all others")
    slow += list(dict.fromkeys(filter(None, (edits.get(edit.name).simulates for edit in model.edits))))
    bits = sum(summary.tensors[name].bits for name in loose)
    if bits <= NEGLIGIBLE * 8 * summary.theoretical_bytes:
        return Claims("stored", "simulated" if slow else "real", tuple(slow))
    full = f"{', '.join(loose[:3])} stored in full, as coding saves nothing"
    return Claims("simulated", "simulated" if slow else "real", (*slow, full))


def _natively(model: CompressibleModel) -> set[str]:
    """Return the names, as stored, of weights that layers multiply in their coded form."""
    aliases = canonical_names(model.module)
    names = (
        f"{name}.weight"
        for name, child in model.module.named_modules(remove_duplicate=False)
        if isinstance(child, Int8Arithmetic)
    )
    return {aliases.get(name, name) for name in names}

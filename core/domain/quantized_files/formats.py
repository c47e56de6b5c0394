"""Which format a model is quantized in, by its configuration, and what its files hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.domain.quantized_files.awq import Awq
from core.domain.quantized_files.bitsandbytes import BitsAndBytes
from core.domain.quantized_files.compressed_tensors import CompressedTensors
from core.domain.quantized_files.entries import Header
from core.domain.quantized_files.gptq import Gptq
from core.domain.quantized_files.survey import Format, Survey, refuse
from core.domain.quantized_files.torchao import TorchAo
from core.errors import UnusableInput

FORMATS: tuple[Format, ...] = (Awq(), BitsAndBytes(), CompressedTensors(), Gptq(), TorchAo())
KNOWN = ", ".join(each.label for each in FORMATS)


def quantization_of(config: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the part of a `config.json` that says how a model is quantized; None where there is none."""
    for name in ("quantization_config", "compression_config"):
        found = config.get(name)
        if isinstance(found, dict) and found:
            return found
    return None


def format_of(quantization: Mapping[str, Any]) -> Format:
    """Return the format that a configuration names; `UnusableInput` with its name where it is not known."""
    named = quantization.get("quant_method")
    if named is None and any(f"load_in_{bits}bit" in quantization for bits in (4, 8)):
        named = BitsAndBytes.method
    for known in FORMATS:
        if known.method == named:
            return known
    raise UnusableInput(
        f"The model was quantized with {str(named)[:80]!r}, whose files cannot be read.",
        f"Known are {KNOWN} and GGUF; or save the model as floating-point numbers.",
    )


def survey(quantization: Mapping[str, Any], header: Header) -> Survey:
    """Return which weights are stored how.

    Raises:
        UnusableInput: the format is not known, or the files contradict it; every problem is told.
    """
    chosen = format_of(quantization)
    problems: list[str] = []
    weights = chosen.weights(quantization, header, problems)
    if not weights and not problems:
        problems.append("they hold no quantized weight")
    refuse(chosen.label, problems)
    used = {part for weight in weights for part in weight.parts.values()}
    others = tuple(name for name in header.entries if name not in used and not chosen.passed_over(name))
    return Survey(chosen.label, tuple(weights), others, tuple(chosen.remarks(quantization, header)))

"""ONNX export: the model as a file that ONNX Runtime computes, in floating point, int8 or with few bits.

ONNX is an open format for models, https://onnx.ai; ONNX Runtime computes it without PyTorch. The graph is
traced by torch.onnx (torch.export), so that the number of instances may vary. `float` keeps every weight.
`int8` writes quantize and dequantize operators (QDQ): with the codes and ranges that static int8 found, where
the model has them, else with ranges calibrated on training data by ONNX Runtime. `weights-int8` and
`weights-int4` store the weights of linear layers alone in 8 or 4 bits (MatMulNBits) with a scale for each
block of inputs, after E. Frantar et al., "GPTQ", 2023, without its correction. The file is run on training
data and compared with the model that it was made from; if it differs by more than it may, the step fails.
Nothing can be applied to the result, since it is no PyTorch module; it is evaluated and profiled like others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from core.compression.activation_quantization.int8_arithmetic import Int8Arithmetic
from core.compression.base import Context, Technique, techniques
from core.compression.calibration import CalibrationParams, note_sample, sample
from core.compression.model import CompressibleModel
from core.compression.onnx_export.exporting import INPUT, dynamic_quantizers, exported, static_quantizers
from core.compression.onnx_export.forms import calibrated_int8, few_bits, with_codes
from core.data.dataset import Batch, Inputs, call, move
from core.data.text.encoded import EncodedTexts
from core.data.text.reading import Form
from core.domain.technique import Family, Storage
from core.errors import UnusableInput
from core.models.base import Architecture
from core.models.onnx_runtime.runtime_module import RUNTIME, OnnxModule
from core.parameters import Declared
from core.presentation.numbers import percent

FLOAT_GAP = 1e-4
"""Most that outputs may differ, as a share of the largest output where that is above one."""
_CPU = torch.device("cpu")


class OnnxExportParams(CalibrationParams):
    """What the file holds, and how much it may differ."""

    form: Literal["float", "int8", "weights-int8", "weights-int4"] = Field(
        "float",
        title="Form",
        description="float: every weight; int8: QDQ, also activations; weights-...: of linear layers only.",
    )
    block: Literal[16, 32, 64, 128] = Field(
        32,
        title="Block size",
        description="Inputs that share a scale; used with weights-int8 and weights-int4 only.",
        json_schema_extra=Declared(used_with={"form": ("weights-int8", "weights-int4")}),
    )
    agreement: float = Field(
        99.5,
        title="Least agreement",
        ge=0,
        le=100,
        description="Share of predictions that must be those of the parent, where one of both rounds.",
        json_schema_extra=Declared(unit="%"),
    )


@dataclass(frozen=True)
class Gap:
    """How far answers of the file are from those of the model.

    difference: the largest. largest: output of the model. agreement: share of equal predictions, 0..1.
    """

    difference: float
    largest: float
    agreement: float
    instances: int


@techniques.register("onnx-export")
class OnnxExport(Technique[OnnxExportParams]):
    """Writes the graph, checks it, and keeps it in place of the module."""

    label = "ONNX export"
    family = Family.EXPORT
    storage = Storage.UNCHANGED  # of the form float; others show their saving in the file
    headline = ("form",)
    needs_data = True
    stochastic = True
    keeps_modules = False
    runtime = RUNTIME
    Params = OnnxExportParams

    def unavailable(self) -> str:
        """Return which library is missing, see `Technique.unavailable`."""
        from importlib.util import find_spec

        missing = [name for name in ("onnx", "onnxruntime", "onnxscript") if find_spec(name) is None]
        return f"{', '.join(missing)} is not installed" if missing else ""

    def apply(self, model: CompressibleModel, params: OnnxExportParams, context: Context) -> None:
        """Export, change the form, check, and replace the module."""
        data = context.training_data()
        if isinstance(data, EncodedTexts) and data.reader.form is not Form.CLASSIFICATION:
            raise UnusableInput(
                "The model writes text; ONNX export here covers models that classify.",
                "Export it with a tool for generation, such as optimum or onnxruntime-genai.",
            )
        order = sample(data, params.samples, context)
        batches = [data.named_batch(indices) for indices in order.split(params.batch_size)]
        model.module.to(_CPU).eval()
        context.progress.report(0.0, "tracing the model")
        if any(isinstance(child, Int8Arithmetic) for child in model.module.modules()):
            raise UnusableInput(
                "The model computes with torch's integer product (aten._int_mm), which ONNX does not have.",
                "Export the model before that step, with the form int8.",
            )
        rounded = bool(static_quantizers(model.module) or dynamic_quantizers(model.module))
        proto = exported(model.module, _several(batches))
        context.progress.report(0.5, f"writing {params.form}")
        proto = _in_form(proto, model, params, batches)
        if params.form == "int8" and not rounded:
            note_sample(model, len(order), data, context)
            model.note(
                "Norms are folded into convolutions, whose weights are multiplied by a factor per channel."
            )
        context.progress.report(0.7, "comparing outputs")
        module = OnnxModule(proto.SerializeToString())
        gap = compared(model, module, batches)
        model.note(judged(gap, params, exact=params.form == "float" and not rounded))
        model.module = module
        model.architecture = Architecture("onnx-file", {"file": "", "tokenizer": ""})
        model.edits, model.encodings, model.pruned = (), {}, {}


def compared(model: CompressibleModel, module: OnnxModule, batches: list[Batch]) -> Gap:
    """Return how far the outputs of the file are from those of the model.

    Raises:
        UnusableInput: outputs are NaN or infinite.
    """
    difference = largest = 0.0
    same = instances = 0
    for batch in batches:
        with torch.inference_mode():
            wanted = call(model.module, move(batch.inputs, _CPU)).float()
            found = call(module, move(batch.inputs, _CPU))
        if not bool(torch.isfinite(found).all()):
            raise UnusableInput(
                f"The exported file puts out NaN or infinity, in the batch of {', '.join(batch.ids[:1])}.",
                "Choose another form; floating-point numbers have the largest range.",
            )
        difference = max(difference, float((found - wanted).abs().max()))
        largest = max(largest, float(wanted.abs().max()))
        same += int((found.argmax(-1) == wanted.argmax(-1)).sum())
        instances += len(found)
    return Gap(difference, largest, same / instances if instances else 1.0, instances)


def judged(gap: Gap, params: OnnxExportParams, *, exact: bool) -> str:
    """Return the sentence about the check; raise `UnusableInput` if the file differs too much.

    exact: whether outputs must be the same. Where a model rounds, the last bit of a sum decides which way, so
    that predictions are compared.
    """
    import onnxruntime

    measured = (
        f"{RUNTIME} {onnxruntime.__version__} on {gap.instances:,} training instances: outputs differ from "
        f"the parent's in PyTorch by at most {gap.difference:.2g} (largest output {gap.largest:.3g}), "
        f"{percent(gap.agreement, 2)} of predictions are the same"
    )
    if exact and gap.difference > FLOAT_GAP * max(1.0, gap.largest):
        raise UnusableInput(
            f"The exported file computes something else than the model. {measured}.",
            "This model cannot be exported faithfully; report it with the log.",
        )
    if not exact and gap.agreement * 100 < params.agreement:
        raise UnusableInput(
            f"The exported file agrees too seldom. {measured}; {params.agreement:g} % were asked for.",
            "Calibrate on more samples, choose smaller blocks or more bits, or lower the least agreement.",
        )
    return f"Checked with {measured}."


def _in_form(proto: Any, model: CompressibleModel, params: OnnxExportParams, batches: list[Batch]) -> Any:
    if params.form == "float":
        return proto
    if params.form != "int8":
        return few_bits(proto, bits=8 if params.form == "weights-int8" else 4, block=params.block)
    if dynamic_quantizers(model.module):
        raise UnusableInput(
            "The model rounds inputs in ranges of their own, which has no form with fixed ranges.",
            "Choose the form float, or export the model before dynamic int8.",
        )
    own = static_quantizers(model.module)
    if own:
        coded = with_codes(proto, model.encodings)
        model.note(
            f"Int8 with the model's own parameters: ranges of {len(own)} layers and codes of {coded} weights."
        )
        return proto
    return calibrated_int8(proto, _feeds(batches))


def _feeds(batches: list[Batch]) -> Iterator[Mapping[str, NDArray[Any]]]:
    for batch in batches:
        named = batch.inputs if isinstance(batch.inputs, Mapping) else {INPUT: batch.inputs}
        yield {name: np.ascontiguousarray(value.cpu().numpy()) for name, value in named.items()}


def _several(batches: list[Batch]) -> Inputs:
    """Return two instances of two tokens or more: sizes of one would be taken for fixed."""
    inputs = move(batches[0].inputs, _CPU)
    return (
        {key: _longer(_doubled(value)) for key, value in inputs.items()}
        if isinstance(inputs, Mapping)
        else _doubled(inputs)
    )


def _longer(values: Tensor) -> Tensor:
    return torch.cat([values, values], 1) if values.dim() > 1 and values.shape[1] < 2 else values


def _doubled(values: Tensor) -> Tensor:
    return torch.cat([values, values])[:2] if len(values) < 2 else values[:2]

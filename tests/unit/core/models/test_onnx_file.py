"""ONNX files as base models: read, run at any or one instance at a time, refused for what is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from core.compression.model import CompressibleModel
from core.errors import UnusableInput
from core.models.onnx_runtime.graph import read_graph, unpacked_blocks
from core.models.onnx_runtime.runtime_module import OnnxModule
from core.registry import discover

WEIGHT = np.array([[1.0, -2.0, 0.5], [0.25, 4.0, 0.0]], np.float32)  # outputs x inputs


def linear(
    *, batch: int | str = "n", opset: int = 17, operator: str = "Gemm", domain: str = ""
) -> onnx.ModelProto:
    """Return a graph with one linear layer."""
    attributes = {"transB": 1} if operator == "Gemm" else {}
    node = helper.make_node(operator, ["x", "head.weight"], ["y"], domain=domain, **attributes)  # type: ignore[arg-type]
    graph = helper.make_graph(
        [node],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [batch, 2])],
        [numpy_helper.from_array(WEIGHT, "head.weight")],
    )
    opsets = [helper.make_opsetid("", opset), *([helper.make_opsetid(domain, 1)] if domain else [])]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10)


def created(proto: onnx.ModelProto | bytes, folder: Path) -> CompressibleModel:
    discover("core.models.sources")
    path = folder / "net.onnx"
    path.write_bytes(proto if isinstance(proto, bytes) else proto.SerializeToString())
    return CompressibleModel.create("onnx-file", {"file": str(path)})


@pytest.mark.parametrize("batch", ["n", 1])
def test_any_number_of_instances_is_taken(batch: int | str, tmp_path: Path) -> None:
    model = created(linear(batch=batch), tmp_path)
    images = torch.tensor([[1.0, 1.0, 2.0], [0.0, 1.0, 0.0], [2.0, 0.0, 0.0]])
    assert model.module(images).tolist() == [[0.0, 4.25], [-2.0, 4.0], [2.0, 0.5]]
    assert torch.equal(model.module.get_parameter("head.weight"), torch.from_numpy(WEIGHT))
    ports = f"inputs x ({batch} x 3, float32); outputs y ({batch} x 2, float32)"
    assert model.notes == (f"Computed by ONNX Runtime: {ports}; opset 17.",)


@pytest.mark.parametrize(
    ("proto", "said"),
    [
        (b"no graph at all", "is not an ONNX file"),
        (linear(opset=99), "needs opset 99"),
        (linear(operator="Frobnicate", domain="acme"), "the operator Frobnicate of acme"),
        (linear(operator="Frobnicate"), "cannot run the model: .*Frobnicate"),
    ],
    ids=["no file", "opset", "domain", "operator"],
)
def test_what_is_wrong_is_said(proto: onnx.ModelProto | bytes, said: str, tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match=said):
        created(proto, tmp_path)


def test_weights_in_another_file_are_refused(tmp_path: Path) -> None:
    large = linear()
    large.graph.initializer[0].CopyFrom(
        numpy_helper.from_array(np.zeros((64, 64), np.float32), "head.weight")
    )
    onnx.save(large, tmp_path / "a.onnx", save_as_external_data=True, location="a.data", size_threshold=0)
    with pytest.raises(
        UnusableInput, match=r"weights in another file \(a.data\), the first of them head.weight"
    ):
        created((tmp_path / "a.onnx").read_bytes(), tmp_path)


def test_other_data_are_refused(tmp_path: Path) -> None:
    module = created(linear(), tmp_path).module
    with pytest.raises(UnusableInput, match="x 2 x 5"):
        module(torch.zeros(2, 5))


def test_four_bits_are_unpacked() -> None:
    codes = np.array([[[0x98, 0x0F]]], np.uint8)  # lower half first: 8, 9, 15, 0
    found = unpacked_blocks(
        [codes, np.array([0.5], np.float32), None], {"N": 1, "K": 4, "bits": 4, "block_size": 4}
    )
    assert found.tolist() == [[0.0, 0.5, 3.5, -4.0]]


def test_a_copy_runs_by_itself() -> None:
    module = OnnxModule(linear().SerializeToString())
    module(torch.ones(1, 3))
    other = CompressibleModel(module, None).copy().module  # type: ignore[arg-type]
    assert torch.equal(other(torch.ones(1, 3)), module(torch.ones(1, 3)))
    assert read_graph(linear().SerializeToString()).operators == {"Gemm": 1}

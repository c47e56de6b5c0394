"""A model in an ONNX file as a module: ONNX Runtime computes it, its layers can be looked at.

The module's state is the file. Its children stand for the layers that the file multiplies weights with, under
PyTorch's names where the file has them; they are for figures only, and are made anew from the file.
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.errors import UnusableInput
from core.models.onnx_runtime.graph import Graph, LayerNode, parsed, read_graph

RUNTIME = "ONNX Runtime"
_STATE = "graph"


class OnnxModule(nn.Module):
    """Calls ONNX Runtime with the inputs that the graph names, on the processor.

    graph: the file's bytes, uint8. shown: what is in it.
    """

    graph: Tensor

    def __init__(self, content: bytes = b"") -> None:
        super().__init__()
        self.register_buffer(_STATE, torch.zeros(0, dtype=torch.uint8, device="cpu"))
        self.shown: Graph | None = None
        self._session: Any = None
        if content:
            self._read(torch.frombuffer(bytearray(content), dtype=torch.uint8))

    @property
    def content(self) -> bytes:
        """The ONNX file."""
        return self.graph.cpu().numpy().tobytes()

    @property
    def numbers(self) -> int:
        """How many weights the file has."""
        return sum(parameter.numel() for parameter in self.parameters())

    @property
    def _single(self) -> bool:
        """Whether the graph takes one instance at a time."""
        first = self._graph().inputs[0]
        return bool(first.shape) and first.shape[0] == 1

    def forward(self, *args: Any, **kwargs: Any) -> Tensor:
        """Return the first output as float32, for inputs in order or by name; unknown names are left out.

        Raises:
            UnusableInput: the graph cannot take the inputs.
        """
        feeds = self._feeds(args, kwargs)
        device = next((one.device for one in (*args, *kwargs.values()) if isinstance(one, Tensor)), None)
        watched = any(child._forward_hooks for child in self.modules() if child is not self)
        one_by_one = (
            self._single and len(feeds[self._graph().inputs[0].name]) > 1
        )  # layers have no batch then
        outputs = self._replayed(feeds) if watched and not one_by_one else self._run(feeds)
        return torch.from_numpy(outputs).float().to(device)

    def all_values(self, inputs: Tensor | Mapping[str, Tensor]) -> dict[str, NDArray[Any]]:
        """Return every value that the graph computes, by name; of one instance where it takes no more."""
        feeds = self._feeds(*(((), inputs) if isinstance(inputs, Mapping) else ((inputs,), {})))
        if self._single:
            feeds = {name: value[:1] for name, value in feeds.items()}
        return self._values(feeds, self._graph().values)

    def state_dict(self, *args: Any, prefix: str = "", **kwargs: Any) -> Any:
        """Return the file; weights of layers are in it."""
        del args, kwargs
        return OrderedDict({f"{prefix}{_STATE}": self.graph})

    def load_state_dict(self, state_dict: Mapping[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Take another file."""
        del args, kwargs
        if set(state_dict) != {_STATE}:
            raise RuntimeError(f"an ONNX model is stored as {_STATE}, not as {', '.join(state_dict)}")
        self._read(state_dict[_STATE])
        return None

    def __deepcopy__(self, memo: dict[int, Any]) -> OnnxModule:
        """Return a module of the same file, without the open session."""
        return OnnxModule(self.content)

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the session, which cannot be pickled."""
        return {**copy.copy(self.__dict__), "_session": None}

    def _graph(self) -> Graph:
        if self.shown is None:
            raise UnusableInput("The ONNX model has no graph.", "Load its file first.")
        return self.shown

    def _read(self, graph: Tensor) -> None:
        if graph.is_meta:
            return
        self.graph, self._session = graph.detach().cpu(), None
        self.shown = read_graph(self.content)
        for name in list(self._modules):
            delattr(self, name)
        for name in list(self._parameters):
            delattr(self, name)
        _add_layers(self, self.shown)
        self.eval()

    def _feeds(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        ports = self._graph().inputs
        given = dict(zip((port.name for port in ports), args, strict=False)) | dict(kwargs)
        missing = [port for port in ports if port.name not in given]
        if missing and len(ports) == len(given):  # other names, the same order
            given = dict(zip((port.name for port in ports), given.values(), strict=True))
            missing = []
        if missing:
            raise UnusableInput(
                f"The ONNX model needs the input {missing[0]}, which the data do not have; they have "
                f"{', '.join(given) or 'one tensor'}.",
                "Choose data like those that the model was made for.",
            )
        return {port.name: _array(given[port.name], port.kind) for port in ports}

    def _run(self, feeds: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
        """Return the first output, instance by instance where the graph has a fixed batch of one."""
        if self._session is None:
            self._session = open_session(self.content)
        count = len(feeds[self._graph().inputs[0].name])
        if self._single and count > 1:
            single = [
                _called(self._session, {k: v[i : i + 1] for k, v in feeds.items()}) for i in range(count)
            ]
            return np.concatenate(single)
        return _called(self._session, feeds)

    def _values(self, feeds: Mapping[str, NDArray[Any]], names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
        """Return values inside the graph by name."""
        import onnx

        proto = parsed(self.content, "The model")
        known = {one.name for one in proto.graph.output}
        proto.graph.output.extend(
            onnx.ValueInfoProto(name=name) for name in dict.fromkeys(names) if name not in known
        )
        session = open_session(proto.SerializeToString(), optimized=False)
        wanted = [one.name for one in session.get_outputs()]
        found = session.run(wanted, dict(feeds))
        return dict(zip(wanted, found, strict=True)) | dict(feeds)

    def _replayed(self, feeds: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
        """Return the first output after calling each layer with its input and output in the graph."""
        graph = self._graph()
        wanted = tuple(name for layer in graph.layers for name in (layer.source, layer.output))
        initial = set(feeds)
        values = self._values(feeds, tuple(name for name in wanted if name not in initial))
        for layer in graph.layers:
            child = self.get_submodule(layer.owner)
            child.recorded = torch.from_numpy(values[layer.output])
            child(torch.from_numpy(values[layer.source]))
        return values[graph.outputs[0].name]


def open_session(content: bytes, *, optimized: bool = True) -> Any:
    """Return a session on the processor with the threads that PyTorch has here.

    Raises:
        UnusableInput: ONNX Runtime cannot run the file, and why.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3
    if not optimized:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001  it has a class for each reason
        reason = " ".join(str(error).split())[:600]
        raise UnusableInput(
            f"ONNX Runtime {onnxruntime.__version__} cannot run the model: {reason}",
            "Export it with operators and an opset that this version has.",
        ) from None


def _called(session: Any, feeds: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    try:
        found: NDArray[Any] = session.run(None, dict(feeds))[0]
    except Exception as error:  # as above
        if "allocate" in str(error).lower():
            raise MemoryError(str(error)) from error
        shapes = ", ".join(f"{name} {' x '.join(map(str, one.shape))}" for name, one in feeds.items())
        raise UnusableInput(
            f"The model cannot take these data ({shapes}): {' '.join(str(error).split())[:400]}",
            "Choose data like those that the model was made for: channels, image size, and tokenizer.",
        ) from error
    return found


def _array(value: Any, kind: str) -> NDArray[Any]:
    plain = value.detach().cpu() if isinstance(value, Tensor) else torch.as_tensor(value)
    found: NDArray[Any] = np.ascontiguousarray(plain.numpy()).astype(kind, copy=False)
    return found


class _Recorded(nn.Module):
    """A layer that puts out what was recorded for it, once; else it computes."""

    recorded: Tensor | None = None

    def forward(self, values: Tensor) -> Tensor:
        found, self.recorded = self.recorded, None
        return found if found is not None else super().forward(values)


# Named like PyTorch's own, so that tables show the same kinds of layers.
_CLASSES = {
    kind: type(kind, (_Recorded, getattr(nn, kind)), {})
    for kind in ("Conv1d", "Conv2d", "Conv3d", "Linear", "Embedding")
}


def _add_layers(module: OnnxModule, graph: Graph) -> None:
    """Add a child for each layer, and the other weights where their names put them."""
    tensors = {weight.name: torch.from_numpy(np.array(weight.values, np.float32)) for weight in graph.weights}
    for layer in graph.layers:
        if _free(module, layer.owner):
            _put(module, layer.owner, _made(layer, tensors))
    for weight in graph.weights:
        holder = _holder(module, weight.owner)
        if weight.leaf in holder._parameters and holder._parameters[weight.leaf] is not None:
            continue
        if hasattr(holder, weight.leaf) and weight.leaf not in holder._parameters:
            continue
        if weight.leaf.startswith("running_"):
            holder.register_buffer(weight.leaf, tensors[weight.name])
        else:
            holder.register_parameter(weight.leaf, nn.Parameter(tensors[weight.name], requires_grad=False))


def _made(layer: LayerNode, tensors: Mapping[str, Tensor]) -> nn.Module:
    weight = tensors[f"{layer.owner}.weight"]
    with torch.device("meta"):
        made: nn.Module = _CLASSES[layer.kind](*_sizes(layer, weight))
    for name in ("weight", "bias"):
        value = tensors.get(f"{layer.owner}.{name}")
        if name in made._parameters:
            plain = None if value is None else nn.Parameter(value, requires_grad=False)
            made.register_parameter(name, plain)
    return made


def _sizes(layer: LayerNode, weight: Tensor) -> Iterator[Any]:
    """Yield the arguments of the layer's class."""
    about = layer.attributes
    if layer.kind == "Embedding":
        yield from weight.shape
    elif layer.kind == "Linear":
        yield from reversed(weight.shape)
    else:
        space = weight.dim() - 2
        groups = int(about.get("group", 1))
        yield from (weight.shape[1] * groups, weight.shape[0], tuple(weight.shape[2:]))
        yield tuple(about.get("strides", (1,) * space))
        yield tuple(about.get("pads", (0,) * space))[:space]
        yield tuple(about.get("dilations", (1,) * space))
        yield groups


def _free(module: nn.Module, name: str) -> bool:
    try:
        module.get_submodule(name)
    except AttributeError:
        return True
    return False


def _holder(module: nn.Module, name: str) -> nn.Module:
    """Return the module of that name, made where there is none."""
    for part in name.split(".") if name else ():
        if not isinstance(getattr(module, part, None), nn.Module):
            module.add_module(part, nn.Module())
        module = module.get_submodule(part)
    return module


def _put(module: nn.Module, name: str, child: nn.Module) -> None:
    owner, _, last = name.rpartition(".")
    _holder(module, owner).add_module(last, child)

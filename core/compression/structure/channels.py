"""Which channels of a convolutional network go together, and which of them matter least.

The dependency graph is Torch-Pruning's: G. Fang et al., "DepGraph: Towards Any Structural Pruning", CVPR
2023 (arXiv 2301.12900). It works on copies; what comes out is which slices of which tensors are kept.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd

from core.compression.structure.slimming import arguments
from core.errors import UnusableInput

if TYPE_CHECKING:
    from torch_pruning import DependencyGraph

MOST = 0.95  # of a layer's channels may go, so that no layer is cut off
_HINT = "Leave the step out for this model, or prune single weights instead."


@dataclass(frozen=True)
class ChannelChoice:
    """How many channels go.

    ratio: share of channels. ratios: other shares by module name. untouched: names of modules that keep
    all their output channels. round_to: channel counts are multiples of it. together: whether the channels
    of all layers compete.
    """

    ratio: float
    ratios: Mapping[str, float]
    untouched: Collection[str]
    round_to: int = 1
    together: bool = False


def slimmer(module: nn.Module, example: Tensor, choice: ChannelChoice) -> dict[str, Any]:
    """Return the arguments of the edit that removes the least important channels (group L2 norms).

    example: inputs `(instances, channels, height, width)`; the module is not changed.

    Raises:
        UnusableInput: the model's structure cannot be followed.
    """
    history = _history(copy.deepcopy(module), example, choice)
    marked = copy.deepcopy(module)
    with _following(marked):
        graph = _graph(marked, example)
        _mark(marked)
        before = sizes(marked)
        graph.load_pruning_history(history)
    return arguments(_kept(module, marked), changed_sizes(before, sizes(marked)))


def sizes(module: nn.Module) -> dict[str, dict[str, Any]]:
    """Return the whole numbers, and tuples of them, that each module remembers."""
    return {
        name: {key: value for key, value in vars(child).items() if _is_size(value)}
        for name, child in module.named_modules()
    }


def changed_sizes(
    before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Return the modules whose `sizes` changed, with the new ones."""
    changed = {
        name: {key: value for key, value in values.items() if before[name].get(key) != value}
        for name, values in after.items()
    }
    return {name: values for name, values in changed.items() if values}


def output_layers(module: nn.Module, example: Tensor) -> list[str]:
    """Return the names of the layers whose output is the model's output: they must keep their width."""
    probe = copy.deepcopy(module)
    with _following(probe):
        graph = _graph(probe, example)
    names = {child: name for name, child in probe.named_modules()}
    return [
        names[child]
        for child, node in graph.module2node.items()
        if isinstance(child, (_ConvNd, nn.Linear)) and _ends(node, set())
    ]


def coupled_layers(module: nn.Module, example: Tensor, untouched: Collection[str]) -> list[tuple[str, ...]]:
    """Return groups of layers whose output channels go together, but for those with an untouched one."""
    probe = copy.deepcopy(module)
    names = {child: name for name, child in probe.named_modules()}
    ignored = [probe.get_submodule(name) for name in untouched]
    with _following(probe):
        graph = _graph(probe, example)
        groups = list(graph.get_all_groups(ignored_layers=ignored))
    return [tuple(dict.fromkeys(_widths(graph, group, names))) for group in groups]


def _widths(graph: DependencyGraph, group: Any, names: Mapping[nn.Module, str]) -> Iterator[str]:
    for dependency, _ in group:
        child = dependency.target.module
        if isinstance(child, (_ConvNd, nn.Linear)) and graph.is_out_channel_pruning_fn(dependency.handler):
            yield names[child]


def _ends(node: Any, seen: set[int]) -> bool:
    if id(node) in seen:
        return False
    seen.add(id(node))
    if not node.outputs:
        return True
    return any(
        not isinstance(following.module, (_ConvNd, nn.Linear)) and _ends(following, seen)
        for following in node.outputs
    )


def _history(module: nn.Module, example: Tensor, choice: ChannelChoice) -> list[Any]:
    from torch_pruning import importance
    from torch_pruning.pruner import BasePruner

    layers = dict(module.named_modules())
    with _following(module):
        pruner = BasePruner(
            module,
            example,
            importance=importance.GroupMagnitudeImportance(p=2),
            global_pruning=choice.together,
            pruning_ratio=choice.ratio,
            pruning_ratio_dict={layers[name]: ratio for name, ratio in choice.ratios.items()},
            max_pruning_ratio=MOST,
            ignored_layers=[layers[name] for name in choice.untouched],
            round_to=choice.round_to if choice.round_to > 1 else None,
            in_channel_groups={},
            out_channel_groups={},
            num_heads={},
        )
        for group in pruner.step(interactive=True):
            group.prune()
    history: list[Any] = pruner.pruning_history()
    return history


def _graph(module: nn.Module, example: Tensor) -> DependencyGraph:
    from torch_pruning import DependencyGraph

    graph: DependencyGraph = DependencyGraph().build_dependency(module, example)
    return graph


@contextmanager
def _following(module: nn.Module) -> Iterator[None]:
    """Let gradients reach everything, since they are what is followed, and put failures in words."""
    for parameter in module.parameters():
        parameter.requires_grad_(parameter.is_floating_point())
    try:
        with torch.enable_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Exception as error:  # whatever goes wrong inside the library is about the model's structure
        raise UnusableInput(
            "The channels of this model cannot be followed from layer to layer.", _HINT
        ) from error


def _mark(module: nn.Module) -> None:
    """Number the entries of every tensor, so that those left tell where they came from."""
    for tensor in [*module.parameters(), *module.buffers()]:
        numbers = torch.arange(tensor.numel(), dtype=torch.float64, device=tensor.device)
        tensor.data = numbers.view(tensor.shape)


def _kept(module: nn.Module, marked: nn.Module) -> dict[str, dict[int, list[int]]]:
    original = module.state_dict()
    kept: dict[str, dict[int, list[int]]] = {}
    for name, tensor in marked.state_dict().items():
        shape = original[name].shape
        axes = [axis for axis, size in enumerate(tensor.shape) if size != shape[axis]]
        for axis in axes:
            numbers = tensor.movedim(axis, 0).flatten(1)[:, 0] if tensor.dim() > 1 else tensor
            places = torch.unravel_index(numbers.long(), shape)[axis]
            kept.setdefault(name, {})[axis] = places.tolist()
    return kept


def _is_size(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(_is_size(part) for part in value)
    return isinstance(value, int) and not isinstance(value, bool)

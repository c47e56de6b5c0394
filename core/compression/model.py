"""The model that techniques work on: a module, how to build it again, and how its weights are encoded."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from core.compression.edits import AppliedEdit, edits
from core.compression.encoding.encodings import Encoding
from core.compression.encoding.from_codes import encodings_of
from core.compression.sharing import canonical_names
from core.errors import UnusableInput
from core.models.base import Architecture, model_sources
from core.models.onnx_runtime.runtime_module import RUNTIME, OnnxModule, open_session
from core.models.path_parameters import Fetch, with_local_files
from core.models.weight_files.saved_names import likely_prefix, named_for
from core.models.weight_files.weights import Weights
from core.parameters import parse
from core.presentation.counts import counted
from core.presentation.lists import listed
from core.presentation.sizes import file_size


@dataclass
class CompressibleModel:
    """A module whose weights hold the values it computes with, in evaluation mode.

    encodings: for state-dict keys whose values lie on a grid or palette, that grid or palette.
    edits: how the module's structure differs from what the architecture builds, in order.
    notes: sentences for people about how it was made; they belong to the latest step, and no file keeps them.
    pruned: masks of pruned weights by state-dict key, bool in the weight's shape; training keeps them zero.
        Other weights that happen to be zero are free.
    drawn: whether all weights are as they were initialised; false of a model that was stored and loaded.
    """

    module: nn.Module
    architecture: Architecture
    encodings: dict[str, Encoding] = field(default_factory=dict)
    edits: tuple[AppliedEdit, ...] = ()
    notes: tuple[str, ...] = ()
    pruned: dict[str, torch.Tensor] = field(default_factory=dict)
    drawn: bool = False

    @classmethod
    def create(
        cls, source: str, parameters: Mapping[str, Any], *, seed: int = 0, fetch: Fetch | None = None
    ) -> CompressibleModel:
        """Return a base model: with the source's weights where it has any, else drawn from `seed` and noted.

        fetch: gives uploaded files that the parameters name; the architecture remembers their names only.

        Raises:
            UnknownName, InvalidInput: source or parameters are wrong.
            UnusableInput: the weights do not fit the architecture, or there are none to compress.
        """
        chosen = model_sources.get(source)
        params = parse(chosen.Params, parameters, path="model.parameters")
        resolved = chosen.resolved(params)
        architecture = Architecture(
            source, resolved.model_dump() if resolved is not params else dict(parameters)
        )
        module = architecture.build(seed=seed)
        if isinstance(module, OnnxModule):
            return cls._from_onnx(module, architecture, chosen.weights(with_local_files(params, fetch)))
        if next(module.parameters(), None) is None:
            raise UnusableInput(
                f"The model {type(module).__name__} has no parameters, so there is nothing to compress.",
                "Choose a model with weights of its own.",
            )
        _require_copyable(module)
        weights = chosen.weights(with_local_files(params, fetch))
        if weights is None:
            return cls(module, architecture, notes=(chosen.unweighted,), drawn=True)
        return cls.filled(module, architecture, weights)

    @classmethod
    def filled(
        cls, module: nn.Module, architecture: Architecture, weights: Mapping[str, torch.Tensor]
    ) -> CompressibleModel:
        """Return a model whose module gets weights of a file, with their masks and encodings.

        Raises:
            UnusableInput: the weights do not fit the module.
        """
        loaded = _load(module, weights)
        base = cls(module, architecture, notes=loaded.remarks)
        for name, mask in _placed(loaded, module).items():
            base.prune(name, mask)
        if isinstance(weights, Weights) and weights.decoded:
            base.encodings = encodings_of(module, weights.codes)
            base.note(_packed_again(weights.decoded, base.encodings, module))
        return base

    @classmethod
    def _from_onnx(
        cls, module: OnnxModule, architecture: Architecture, weights: Mapping[str, torch.Tensor] | None
    ) -> CompressibleModel:
        """Return a model in an ONNX file, once ONNX Runtime has opened it."""
        module.load_state_dict(weights or {})
        open_session(module.content)
        return cls(module, architecture, notes=(f"Computed by {RUNTIME}: {module.shown}.",))

    def copy(self) -> CompressibleModel:
        """Return an independent model without notes; weights shared within it stay shared."""
        return CompressibleModel(
            copy.deepcopy(self.module),
            self.architecture,
            dict(self.encodings),
            self.edits,
            pruned=dict(self.pruned),
        )

    def prune(self, name: str, mask: torch.Tensor) -> None:
        """Set weights to zero where the mask is set, and keep them so from now on.

        name: the parameter's key in the state dict, any of them where modules share it. mask: bool, in its
        shape; joins the mask of earlier steps.
        """
        weight = self.module.get_parameter(name)
        with torch.no_grad():
            weight.masked_fill_(mask.to(weight.device), 0)
        key = canonical_names(self.module).get(name, name)
        before = self.pruned.get(key)
        joined = mask.to("cpu", copy=True) if before is None else before | mask.cpu()
        if bool(joined.any()):
            self.pruned[key] = joined

    def edit(self, name: str, arguments: Mapping[str, Any]) -> None:
        """Change the module's structure by a registered edit, and remember it for the checkpoint.

        arguments: JSON values. Encodings of weights that are gone or do not fit any more are forgotten.
        """
        before = dict(self.module.named_parameters())
        shapes = {key: parameter.shape for key, parameter in before.items()}
        edit = edits.get(name)
        edit.apply(self.module, arguments)
        self.edits = (*self.edits, AppliedEdit(name, arguments))
        encodings, pruned = self.encodings, self.pruned
        self.encodings, self.pruned = {}, {}
        names = {id(parameter): key for key, parameter in before.items()}
        for key, parameter in self.module.named_parameters():
            old = names.get(id(parameter), key)  # layers move, e.g. when others between them are removed
            fits = shapes.get(old) == parameter.shape
            cut = partial(edit.sliced, key, arguments=arguments)
            if old in encodings and (
                left := encodings[old] if fits else encodings[old].of_part(shapes[old], cut)
            ):
                self.encodings[key] = left
            if old in pruned and (mask := pruned[old] if fits else cut(pruned[old])) is not None:
                self.pruned[key] = mask

    def note(self, sentence: str) -> None:
        """Add what people should know of how this model was made, e.g. what a step left as it was; once."""
        self.notes = tuple(dict.fromkeys((*self.notes, sentence)))

    def nonfinite(self) -> dict[str, int]:
        """Return how many numbers are NaN or infinite, by parameter or buffer; without those that have none.

        Infinity counts in parameters and running statistics only: attention masks are made of it.
        """
        found = {
            name: int((~torch.isfinite(tensor.double())).sum())
            for name, tensor in [*self.module.named_parameters(), *_statistics(self.module)]
            if tensor.is_floating_point() and not bool(torch.isfinite(tensor.sum(dtype=torch.float64)))
        }
        others = {
            name: int(tensor.isnan().sum())
            for name, tensor in self.module.named_buffers()
            if tensor.is_floating_point() and name not in found
        }
        return found | {name: count for name, count in others.items() if count}

    def require_finite(self) -> None:
        """Raise `UnusableInput` if a weight is NaN or infinite: no technique gives it a meaning."""
        for name, count in self.nonfinite().items():
            raise UnusableInput(
                f"The weights {name} hold NaN or infinite values, {count:,} of them.",
                "Train or import the model again; a smaller learning rate often helps.",
            )


def _statistics(module: nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield the running statistics of normalisation layers by name."""
    for owner, child in module.named_modules():
        if isinstance(child, _NormBase):
            for name, buffer in child.named_buffers(recurse=False):
                yield f"{owner}.{name}".removeprefix("."), buffer


def fill(module: nn.Module, weights: Mapping[str, torch.Tensor], *, assign: bool = False) -> None:
    """Load a state dict into a module, copied or `assign`ed.

    Some modules want to know which version of themselves wrote it, which files do not say: it is the present
    one. Norm layers are not told, so that they add what old files lack.

    Raises:
        RuntimeError: names or shapes do not fit, as from `load_state_dict`.
    """
    state = OrderedDict(weights)
    versions = getattr(module.state_dict(), "_metadata", {})
    norms = {name for name, child in module.named_modules() if isinstance(child, _NormBase)}
    metadata = {name: version for name, version in versions.items() if name not in norms}
    state._metadata = metadata  # type: ignore[attr-defined]
    module.load_state_dict(state, assign=assign)


def _load(module: nn.Module, weights: Mapping[str, torch.Tensor]) -> Weights:
    """Load weights whatever their file has called them; return them by their names."""
    weights = named_for(weights, module)
    _require_kinds(module, weights)
    try:
        fill(module, weights)
    except RuntimeError as error:
        reason = _apart(module.state_dict(), weights) or error
        raise UnusableInput(
            f"The weights do not fit the architecture: {reason}.",
            f"{_prefix_hint(module, weights)}"
            "Choose the architecture and number of classes that the weights were trained with.",
        ) from None
    return weights


def _packed_again(decoded: Mapping[str, int], encodings: Collection[str], module: nn.Module) -> str:
    """Return how many weights that came as codes are stored as codes again, with the size of the others."""
    aliases = canonical_names(module)
    full = {name: count for name, count in decoded.items() if aliases.get(name, name) not in encodings}
    if not full:
        return "All of these are stored here in packed form, bit for bit."
    size = file_size(sum(full.values()) * torch.float32.itemsize)
    told = f"{counted(len(full), 'weight')} ({listed(full, 3)})"
    return f"Stored here in full, {size}, as no packed form has the same bits: {told}."


def _placed(weights: Weights, module: nn.Module) -> dict[str, torch.Tensor]:
    """Return the masks of weights by the names of parameters, which loading may split or rename."""
    if not weights.pruned:
        return {}
    masks = {
        name: weights.pruned[name].to(tensor) if name in weights.pruned else torch.zeros_like(tensor)
        for name, tensor in weights.items()
    }
    holder = copy.deepcopy(module)
    fill(holder, masks)
    placed = {name: parameter.detach() != 0 for name, parameter in holder.named_parameters()}
    return {name: mask for name, mask in placed.items() if bool(mask.any())}


def _prefix_hint(module: nn.Module, weights: Mapping[str, torch.Tensor]) -> str:
    """Return what taking a prefix away would do for the names; empty where it would not help."""
    found = likely_prefix(weights, module)
    if found is None:
        return ""
    return (
        f"Without {found.prefix!r} at their beginning, {found.found:,} of {found.wanted:,} names would "
        "match: rename them, or let the factory build that part. "
    )


def _apart(expected: Mapping[str, torch.Tensor], given: Mapping[str, torch.Tensor]) -> str:
    """Return what sets two state dicts apart, with the first of each kind; empty for nothing."""
    kinds = {
        "of their tensors it does not have": [name for name in given if name not in expected],
        "of its tensors they lack": [
            name for name in expected if name not in given and not name.endswith(".num_batches_tracked")
        ],
    }
    told = [f"{len(names):,} {what} (the first is {names[0]})" for what, names in kinds.items() if names]
    other = [name for name in expected if name in given and expected[name].shape != given[name].shape]
    if other:
        there, here = (
            " x ".join(map(str, held[other[0]].shape)) or "one number" for held in (given, expected)
        )
        more = f", the first of {len(other):,} that differ" if other[1:] else ""
        told.append(f"{other[0]} is {there} in them and {here} in it{more}")
    return "; ".join(told)


def _require_copyable(module: nn.Module) -> None:
    """Raise `UnusableInput` if a module keeps a tensor that it computed: nobody could copy it."""
    for name, child in module.named_modules():
        for attribute, value in vars(child).items():
            if isinstance(value, torch.Tensor) and value.grad_fn is not None:
                raise UnusableInput(
                    f"The module {name or type(module).__name__} keeps {attribute}, which it computes from "
                    "other weights, so the model cannot be copied.",
                    "Use torch.nn.utils.parametrizations (such as its weight_norm) instead, or compute it in "
                    "forward().",
                )


def _require_kinds(module: nn.Module, weights: Mapping[str, torch.Tensor]) -> None:
    """Raise `UnusableInput` if numbers would change their meaning: codes or complex numbers become floats."""
    expected = module.state_dict()
    wrong = [
        f"{name} is {_type(tensor)}, not {_type(expected[name])}"
        for name, tensor in weights.items()
        if name in expected and expected[name].is_floating_point() and not tensor.is_floating_point()
    ]
    if wrong:
        shown = listed(wrong, 3, mark="; ")
        raise UnusableInput(
            f"The weights are of another type than the model's: {shown}.",
            "Quantized codes need their scales: save the weights as floating-point numbers.",
        )


def _type(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")

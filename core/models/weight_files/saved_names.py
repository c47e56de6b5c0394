"""Weights under the names that a module has, from files whose names differ as training tools leave them.

Wrappers of training put prefixes before all names, profilers leave counters, `torch.nn.utils.prune` splits a
weight into values and a mask, and files keep weights that are shared only once. What can be matched in one
way only is; everything else is left for loading to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from core.errors import UnusableInput
from core.models.weight_files.weights import Weights
from core.models.weight_files.wrapped_weights import NOT_TAKEN
from core.presentation.lists import listed

_INSERTED = ("_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module.", "module.")
"""What torch.compile, parallel and checkpointing wrappers put into names, at their beginning or within."""
_COUNTERS = re.compile(r"(.*\.)?(total_ops|total_params|n_averaged)")
_AUXILIARY = re.compile(r"(aux\d*|AuxLogits|aux_classifier|aux_head)\..*")
_AVERAGED = re.compile(r"(^|[._])(ema|averaged|teacher)", re.IGNORECASE)
_RENAMED = {
    "weight_g": "parametrizations.weight.original0",
    "weight_v": "parametrizations.weight.original1",
}
"""Names of the older weight norm of torch, and what the present one calls them."""


@dataclass(frozen=True)
class Likeness:
    """How well names match with a prefix taken away: `found` of `wanted`."""

    prefix: str
    found: int
    wanted: int


def named_for(weights: Mapping[str, Tensor], module: nn.Module) -> Weights:
    """Return weights with the names of a module, and what was done to them as remarks.

    Weights that match in no way, or in several, are returned under the names that they have.
    """
    remarks = list(weights.remarks) if isinstance(weights, Weights) else []
    given, masks = _without_masks(weights)
    if masks:
        names = list(masks)
        shown = listed(names, 3)
        remarks.append(f"The file was pruned with torch.nn.utils.prune: masks were applied to {shown}.")
    before = dict(weights.pruned) if isinstance(weights, Weights) else {}
    of_tensor = {id(given[name]): mask for name, mask in {**before, **masks}.items() if name in given}
    wanted = isinstance(weights, Weights) and weights.averaged
    found = _renamed(given, module, remarks, averaged=wanted)
    found.pruned = {name: of_tensor[id(tensor)] for name, tensor in found.items() if id(tensor) in of_tensor}
    return found


def _renamed(weights: dict[str, Tensor], module: nn.Module, remarks: list[str], *, averaged: bool) -> Weights:
    expected = module.state_dict(keep_vars=True)
    given = _without_insertions(weights, expected)
    prefixes = _fitting_prefixes(given, expected)
    outer = _common_prefix(expected)
    if not prefixes and outer:
        inner = {outer + name: tensor for name, tensor in given.items()}
        given, prefixes = (inner, [""]) if _fitting_prefixes(inner, expected) == [""] else (given, [])
    prefixes = _chosen(prefixes, remarks, averaged=averaged and not _is_average(weights))
    common = _common_prefix(given)
    if not prefixes and common and not any(name.startswith(common) for name in expected):
        inside_common = {name.removeprefix(common): tensor for name, tensor in given.items()}
        return _renamed(
            inside_common, module, remarks, averaged=averaged
        )  # loading itself may rename what is inside
    if len(prefixes) != 1:
        return Weights(_without_counters(given, expected), remarks=tuple(remarks))
    (prefix,) = prefixes
    found = {name: tensor for name in expected if (tensor := _of(name, prefix, given, expected)) is not None}
    used = {prefix + name for name in expected}
    rest = [name for name in given if name not in used and not _COUNTERS.fullmatch(name)]
    inside = [name for name in rest if name.startswith(prefix)]
    remarks += _told(prefix, [name for name in rest if name not in inside])
    heads = [name for name in inside if _AUXILIARY.fullmatch(name.removeprefix(prefix))]
    if heads:
        remarks.append(f"Auxiliary heads that only training uses were left out ({heads[0]} and others).")
    kept = {name.removeprefix(prefix): given[name] for name in inside if name not in heads}
    return Weights({**found, **kept}, remarks=tuple(remarks))


def _chosen(prefixes: list[str], remarks: list[str], *, averaged: bool) -> list[str]:
    """Return the prefixes of the averaged weights or of the others; all where there is one kind only.

    Raises:
        UnusableInput: averaged weights are wanted, and there are none.
    """
    averages = [one for one in prefixes if _AVERAGED.search(one)]
    others = [one for one in prefixes if one not in averages]
    if averaged and prefixes and not averages:
        raise UnusableInput(
            "The file has no averaged weights.", "Leave Averaged weights off, or give the file that has them."
        )
    if averages and others:
        shown = averages[0].removesuffix(".")
        remarks.append(
            f"Averaged weights ({shown}) were taken, not the others." if averaged else NOT_TAKEN.format(shown)
        )
        return averages if averaged else others
    return prefixes


def _is_average(names: Iterable[str]) -> bool:
    """Return whether all of a file is an average, as `torch.optim.swa_utils.AveragedModel` saves it."""
    return "n_averaged" in names


def likely_prefix(weights: Iterable[str], module: nn.Module) -> Likeness | None:
    """Return the prefix without which most names match, None where none helps."""
    expected, given = list(module.state_dict()), set(weights)
    counts = {prefix: _count(prefix, given, expected) for prefix in _prefixes(given, expected)}
    best = max(counts, key=lambda prefix: counts[prefix], default="")
    if not best or counts[best] <= _count("", given, expected):
        return None
    return Likeness(best, counts[best], len(expected))


def _told(prefix: str, rest: list[str]) -> list[str]:
    said = [f"Names of the weights begin with {prefix!r}, which was taken away."] if prefix else []
    if rest:
        said.append(f"The file holds {len(rest):,} tensors more, such as {rest[0]}, which were left out.")
    return said


def _without_masks(weights: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return weights with the masks of `torch.nn.utils.prune` applied, and where these pruned, by name."""
    masked = [
        name.removesuffix("_orig")
        for name in weights
        if name.endswith("_orig") and f"{name.removesuffix('_orig')}_mask" in weights
    ]
    parts = {f"{name}{end}" for name in masked for end in ("_orig", "_mask")}
    kept = {name: tensor for name, tensor in weights.items() if name not in parts}
    for name in masked:
        values, mask = weights[f"{name}_orig"], weights[f"{name}_mask"]
        kept[name] = values.where(mask != 0, values.new_zeros(()))
    return kept, {name: weights[f"{name}_mask"] == 0 for name in masked}


def _without_insertions(given: dict[str, Tensor], expected: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return weights without what wrappers put into names, and with the present names of weight norm."""
    strange = [part for part in _INSERTED if not any(part in known for known in expected)]
    pattern = re.compile("|".join(rf"(?:(?<=\.)|^){re.escape(part)}" for part in strange) or r"(?!)")
    newer = {ending for ending in _RENAMED.values() if any(known.endswith(ending) for known in expected)}
    renamed = {}
    for name, tensor in given.items():
        owner, dot, leaf = (name if name in expected else pattern.sub("", name)).rpartition(".")
        renamed[f"{owner}{dot}{_RENAMED[leaf] if _RENAMED.get(leaf) in newer else leaf}"] = tensor
    return renamed if len(renamed) == len(given) else given


def _without_counters(given: dict[str, Tensor], expected: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {
        name: tensor for name, tensor in given.items() if name in expected or not _COUNTERS.fullmatch(name)
    }


def _common_prefix(names: Iterable[str]) -> str:
    """Return the first part that all names have, with its dot; empty where they have none."""
    first = {name.partition(".")[0] for name in names if "." in name} | {
        "" for name in names if "." not in name
    }
    return f"{first.pop()}." if len(first) == 1 and first != {""} else ""


def _prefixes(given: Iterable[str], expected: Iterable[str]) -> list[str]:
    """Return what stands before a name of the module in names of the weights, the empty prefix first."""
    longest = max(expected, key=lambda name: (name.count("."), len(name)), default="")
    found = {name[: -len(longest)] for name in given if longest and name.endswith(f".{longest}")}
    first = min(expected, key=len, default="")
    found |= {name[: -len(first)] for name in given if first and name.endswith(f".{first}")}
    return ["", *sorted(found)]


def _count(prefix: str, given: set[str], expected: Iterable[str]) -> int:
    return sum(prefix + name in given for name in expected)


def _fitting_prefixes(given: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> list[str]:
    """Return the prefixes under which every tensor of the module is found in its shape."""
    return [
        prefix
        for prefix in _prefixes(given, expected)
        if all(
            (found := _of(name, prefix, given, expected)) is not None and found.shape == tensor.shape
            for name, tensor in expected.items()
            if not name.endswith("num_batches_tracked")
        )
    ]


def _of(name: str, prefix: str, given: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> Tensor | None:
    """Return a tensor of the weights, or one that the module shares with it; None where there is none."""
    if prefix + name in given:
        return given[prefix + name]
    shared = (other for other, tensor in expected.items() if tensor is expected[name] and other != name)
    return next((given[prefix + other] for other in shared if prefix + other in given), None)

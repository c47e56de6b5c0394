"""How the sensitivity of a model's parts to a step is found out, and which steps are usual candidates."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.domain.recipe import Step


class Grouping(StrEnum):
    """What is compressed at a time."""

    MODULE = "module"  # one layer, or layers that lose units together
    BLOCK = "block"  # all layers of a block, such as layer1.0 or transformer.h.0
    KIND = "kind"  # the same layer of all blocks, such as all queries


class Method(StrEnum):
    """How it is found out what becomes of the loss."""

    ESTIMATE = "estimate"  # from gradients: nothing is evaluated
    MEASURE = "measure"  # each part alone is compressed and evaluated
    VERDICT = "verdict"  # weights only, activations only, both: of steps that round activations


@dataclass(frozen=True)
class Approach:
    """What is compressed at a time, and how its effect is found out."""

    method: Method = Method.MEASURE
    grouping: Grouping = Grouping.MODULE


@dataclass(frozen=True)
class Candidate:
    """A step that a part may get, under a short name for people, e.g. `int4 per group of 32`."""

    label: str
    step: Step


CANDIDATES: tuple[Candidate, ...] = (
    Candidate("int8", Step("weight-only-quantization", {"bits": 8, "granularity": "channel"})),
    Candidate(
        "int4 per group",
        Step("weight-only-quantization", {"bits": 4, "granularity": "group", "group_size": 32}),
    ),
    Candidate(
        "int3 per group",
        Step("weight-only-quantization", {"bits": 3, "granularity": "group", "group_size": 32}),
    ),
    Candidate("palette 4 bit", Step("palettization", {"bits": 4})),
    Candidate("palette 2 bit", Step("palettization", {"bits": 2})),
    Candidate("50 % pruned", Step("magnitude-pruning", {"sparsity": 0.5, "scope": "layer"})),
    Candidate("80 % pruned", Step("magnitude-pruning", {"sparsity": 0.8, "scope": "layer"})),
    Candidate("2:4", Step("n-m-pruning", {"pattern": "2:4"})),
    Candidate("int8 with activations", Step("static-int8", {})),
    Candidate("dynamic int8", Step("dynamic-int8", {})),
)
"""What is offered; techniques that an installation lacks are left out."""

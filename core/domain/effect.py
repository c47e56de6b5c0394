"""What a technique says of its effect on storage and arithmetic, so that sizes are known before it is run.

It is data and no code: workers publish it in their catalogue, that of plug-ins as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Values = Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Amount:
    """A number that the parameters of a step hold.

    parameter: whose value it is; without one it is `value`. by: the number for each of its choices; others
        have none. beside: values of others beside which it counts.
    """

    parameter: str = ""
    value: float | None = None
    by: Mapping[str, float] = field(default_factory=dict)
    beside: Values = field(default_factory=dict)

    def of(self, parameters: Mapping[str, Any]) -> float | None:
        """Return the number; None where it does not count."""
        if not holds(self.beside, parameters):
            return None
        if not self.parameter:
            return self.value
        held = parameters.get(self.parameter)
        if self.by:
            return self.by.get(str(held))
        return float(held) if isinstance(held, (int, float)) else None


class Sharing(StrEnum):
    """Which weights share an entry of a table, such as a scale."""

    TENSOR = "tensor"
    CHANNEL = "channel"
    GROUP = "group"


class CodeKind(StrEnum):
    """What codes stand for."""

    GRID = "grid"  # integers, with a table of scales; small weights become zero
    FLOAT = "float"  # shorter floating-point numbers, with a table of scales; palettes stay palettes
    PALETTE = "palette"  # places in a table of 2**bits values of the weight's own type


@dataclass(frozen=True)
class Coding:
    """Weights become codes of few bits, with a table.

    sharing: a `Sharing`, or the parameter that holds one. group: parameter with the size of a group, which is
        of inputs beside scales and of output channels beside palettes.
    whole_with: values beside which a tensor has one scale whatever is chosen.
    zero_points_with: values beside which scales have zero points.
    """

    bits: Amount
    sharing: str = Sharing.CHANNEL
    group: str = ""
    whole_with: Values = field(default_factory=dict)
    zero_points_with: Values = field(default_factory=dict)
    kind: CodeKind = CodeKind.GRID

    def shared_by(self, parameters: Mapping[str, Any]) -> Sharing:
        """Return which weights share an entry of the table."""
        if self.whole_with and holds(self.whole_with, parameters):
            return Sharing.TENSOR
        return Sharing(parameters.get(self.sharing, self.sharing))


class Structure(StrEnum):
    """What becomes of the shapes of weights."""

    KEPT = "kept"
    UNITS = "units"  # the units that its parameter counts go, with their part of each layer they are made of
    FACTORS = "factors"  # layers become two factors
    SMALLER = "smaller"  # by an amount that only the step itself finds out


@dataclass(frozen=True)
class Effect:
    """What a step does to each weight that it touches; without any of it, sizes stay as they are.

    zeros: share that is zero afterwards; the first that counts. removed: share of units that go.
    size: share of a layer's numbers that its factors have at most; rank: of them. Neither: only smaller.
    only: regular expression, searched in `<module>: <type>`, of the layers it takes; empty: all.
    unknown_with: values beside which nothing can be said.
    layer_bytes: what the file's header takes for each layer besides.
    """

    coding: Coding | None = None
    zeros: tuple[Amount, ...] = ()
    structure: Structure = Structure.KEPT
    removed: Amount | None = None
    size: Amount | None = None
    rank: Amount | None = None
    only: str = ""
    unknown_with: Values = field(default_factory=dict)
    layer_bytes: int = 0

    def sparsity(self, parameters: Mapping[str, Any]) -> float | None:
        """Return the share of zeros; None where it sets none."""
        amounts = (amount.of(parameters) for amount in self.zeros)
        return next((amount for amount in amounts if amount is not None), None)

    def unknown(self, parameters: Mapping[str, Any]) -> bool:
        """Return whether nothing can be said beside these parameters."""
        return bool(self.unknown_with) and holds(self.unknown_with, parameters)


def holds(wanted: Mapping[str, Sequence[Any]], parameters: Mapping[str, Any]) -> bool:
    """Return whether each parameter has one of the values wanted of it."""
    return all(parameters.get(name) in accepted for name, accepted in wanted.items())

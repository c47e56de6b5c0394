"""Changes of a module's structure, by name and arguments, so that a stored model can be built again.

A technique that replaces, shrinks or wraps modules does so through an edit. The model remembers its
edits in order; loading replays them on the freshly built architecture before the weights are filled in.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from core.registry import Registry


class Edit(ABC):
    """One kind of structural change; registered beside the technique that makes it.

    simulates: what the edit acts out in floating point without being any faster, in a few words for
        people; empty where the edited module really computes as it says.
    """

    name: str
    simulates: ClassVar[str] = ""

    @abstractmethod
    def apply(self, module: nn.Module, arguments: Mapping[str, Any]) -> None:
        """Change the module in place.

        The structure afterwards (names, shapes, dtypes) must depend on the structure before and on
        the arguments only, never on values of weights: when replayed, the weights are random, and what
        the parameters and buffers hold is loaded afterwards. The arguments are JSON values.
        """

    def sliced(self, name: str, tensor: Tensor, arguments: Mapping[str, Any]) -> Tensor | None:
        """Return what the edit leaves of a tensor in the shape that a parameter had before; None: nothing.

        Asked for the masks of parameters that have another shape now.
        """
        del name, tensor, arguments
        return None

    def acted_out(self, module: nn.Module, arguments: Mapping[str, Any], native: Collection[str]) -> str:
        """Return what an edited module still acts out, `simulates` unless later edits made it real.

        native: names of layers whose arithmetic is real.
        """
        del module, arguments, native
        return self.simulates


edits: Registry[Edit] = Registry("module edit", Edit)


@dataclass(frozen=True)
class AppliedEdit:
    """An edit that a model went through, as its manifest records it."""

    name: str
    arguments: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the same as JSON values."""
        return {"name": self.name, "arguments": dict(self.arguments)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> AppliedEdit:
        """Return what `to_json` wrote."""
        return cls(values["name"], values["arguments"])


def replay(module: nn.Module, applied: Iterable[AppliedEdit]) -> None:
    """Carry out edits in order, in place; random numbers drawn by the way are nobody else's.

    Raises:
        UnknownName: this installation lacks an edit, e.g. because a plug-in is missing.
    """
    with torch.random.fork_rng(devices=[]):
        for edit in applied:
            edits.get(edit.name).apply(module, edit.arguments)


def replace_child(root: nn.Module, name: str, child: nn.Module) -> None:
    """Put a module in the place of the one with the dotted name."""
    owner, _, leaf = name.rpartition(".")
    root.get_submodule(owner).register_module(leaf, child)

"""The tree of modules of several models, nodes in depth-first order, and sums over what lies below them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Tree:
    """Nodes in depth-first order; leaves are those with figures of their own.

    names: of each node, the names of nodes below it begin with its own. parents: node number, -1 at the top.
    leaves: node number of each leaf. leaf_of, node_of: pairs of a leaf and every node on its path.
    """

    names: tuple[str, ...]
    parents: NDArray[np.int32]
    leaves: NDArray[np.int32]
    leaf_of: NDArray[np.int32]
    node_of: NDArray[np.int32]

    @property
    def labels(self) -> list[str]:
        """The end of each name, without the name of the parent but with what separates them."""
        return [
            name if parent < 0 else name[len(self.names[parent]) :]
            for name, parent in zip(self.names, self.parents.tolist(), strict=True)
        ]

    def total(self, values: Numbers) -> Numbers:
        """Return the sum over the leaves at and below each node; NaN where no leaf has a number."""
        known = ~np.isnan(values)
        filled = np.where(known, values, 0.0)
        size = len(self.names)
        sums = np.bincount(self.node_of, weights=filled[self.leaf_of], minlength=size)
        counts = np.bincount(self.node_of, weights=known[self.leaf_of], minlength=size)
        return np.where(counts > 0, sums, np.nan)

    def extreme(self, values: Numbers, *, largest: bool) -> Numbers:
        """Return the largest or smallest number of the leaves at and below each node; NaN without any."""
        found = np.full(len(self.names), np.nan)
        (np.fmax if largest else np.fmin).at(found, self.node_of, values[self.leaf_of])
        return found

    def own(self, values: Numbers) -> Numbers:
        """Return the leaves' numbers at their nodes, NaN elsewhere."""
        found = np.full(len(self.names), np.nan)
        found[self.leaves] = values
        return found

    def below(self, node: int) -> NDArray[np.int32]:
        """Return the leaves at and below a node."""
        found: NDArray[np.int32] = self.leaf_of[self.node_of == node]
        return found


def call_name(module: str, call: int) -> str:
    """Return the name of a later call of a shared module, counted from 0: `relu (call 2)`."""
    return module if call == 0 else f"{module} (call {call + 1})"


def merged(lists: Iterable[Sequence[str]]) -> list[str]:
    """Return the names of all lists, each once: a new one comes behind what precedes it in its own list."""
    following: dict[str, list[str]] = {"": []}
    for names in lists:
        before = ""
        for name in names:
            if name not in following:
                following[name] = []
                following[before].insert(0, name)
            before = name
    found: list[str] = []
    waiting = [*reversed(following[""])]
    while waiting:
        name = waiting.pop()
        found.append(name)
        waiting.extend(reversed(following[name]))
    return found


def tree_of(leaves: Sequence[str]) -> Tree:
    """Return the tree of leaves with dotted names; siblings keep the order in which they come first."""
    paths = [_path(name) for name in leaves]
    children: dict[str, dict[str, None]] = {"": {}}
    for path in paths:
        before = ""
        for name in path:
            children.setdefault(name, {})
            children[before].setdefault(name)
            before = name
    numbers: dict[str, int] = {}
    parents: list[int] = []
    waiting = [(name, -1) for name in reversed(children[""])]
    while waiting:
        name, parent = waiting.pop()
        numbers[name] = number = len(parents)
        parents.append(parent)
        waiting.extend((child, number) for child in reversed(children[name]))
    pairs = [(leaf, numbers[name]) for leaf, path in enumerate(paths) for name in path]
    both = np.array(pairs, np.int32).reshape(len(pairs), 2)
    return Tree(
        names=tuple(numbers),
        parents=np.array(parents, np.int32),
        leaves=np.array([numbers[path[-1]] for path in paths], np.int32),
        leaf_of=both[:, 0],
        node_of=both[:, 1],
    )


def _path(name: str) -> list[str]:
    """Return the names of the modules around a leaf, and its own; later calls lie beside the first one."""
    parts = name.split(".")
    return [".".join(parts[: each + 1]) for each in range(len(parts))]

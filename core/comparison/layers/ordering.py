"""Which nodes of the tree are listed, and in which order."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from core.comparison.layers.tree import Numbers, Tree


def listed(tree: Tree, found: Collection[int], *, flat: bool) -> list[int]:
    """Return the nodes that a table shows, in the order of the model: found leaves, or all found.

    found: nodes that an expression finds; not flat, the modules around them are there as well.
    """
    if flat:
        leaves = set(tree.leaves.tolist())
        return sorted(node for node in found if node in leaves)
    wanted = set(found)
    for node in found:
        parent = int(tree.parents[node])
        while parent >= 0 and parent not in wanted:
            wanted.add(parent)
            parent = int(tree.parents[parent])
    return sorted(wanted)


def ordered(tree: Tree, nodes: Sequence[int], values: Numbers, *, flat: bool, rising: bool) -> list[int]:
    """Return the nodes by value, largest first unless rising, unknown ones last; nested: among siblings."""
    keys = np.where(np.isnan(values), np.inf, values if rising else -values)
    if flat:
        return sorted(nodes, key=lambda node: (keys[node], node))
    children: dict[int, list[int]] = {}
    for node in nodes:
        children.setdefault(int(tree.parents[node]), []).append(node)
    found: list[int] = []
    waiting = _last_first(children.get(-1, []), keys)
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting.extend(_last_first(children.get(node, []), keys))
    return found


def _last_first(nodes: Sequence[int], keys: Numbers) -> list[int]:
    return sorted(nodes, key=lambda node: (keys[node], node), reverse=True)

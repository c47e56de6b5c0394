"""Read YAML that people write: bounded before values are made of it, for aliases can stand for billions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from core.errors import InvalidInput

MOST_VALUES = 1_000_000
"""What a file may stand for once aliases and merged fields are replaced by what they mean."""


def read_named_values(text: str, *, what: str, first: str) -> Mapping[str, Any]:
    """Return the fields at the top of a file. what: "recipe file"; first: what it begins with, in words.

    Raises:
        InvalidInput: it cannot be read, stands for too much, or has no fields at its top.
    """
    try:
        content = load(text)
    except (yaml.YAMLError, ValueError) as error:  # impossible dates and numbers are ValueErrors
        message = f"This is not YAML that can be read: {error}"
        raise InvalidInput.of("", message, "Check indentation and quotes.") from error
    except RecursionError as error:
        message = "This file nests lists or fields too deeply."
        raise InvalidInput.of("", message, "Close brackets where a list or a field ends.") from error
    if not isinstance(content, Mapping):
        raise InvalidInput.of("", f"A {what} has named fields at its top.", f"Start with {first}.")
    return content


def load(text: str) -> Any:
    """Return what YAML stands for; raises `InvalidInput` for too much, else what PyYAML raises."""
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return None
        if _values(root, {}) > MOST_VALUES:
            message = f"This file stands for more than {MOST_VALUES:,} values."
            raise InvalidInput.of("", message, "Split it, and write lists of values instead of aliases.")
        return loader.construct_document(root)
    finally:
        loader.dispose()


def _values(node: yaml.Node, known: dict[int, int]) -> int:
    """Return for how many values a node stands; one that contains itself stands for too many."""
    if id(node) not in known:
        known[id(node)] = MOST_VALUES + 1  # seen again before it is counted, it contains itself
        known[id(node)] = min(MOST_VALUES + 1, 1 + sum(_values(one, known) for one in _inner(node)))
    return known[id(node)]


def _inner(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [one for pair in node.value for one in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []

"""What the card of a data set says: the YAML head of the README.md of a repository.

The keys `configs` and `dataset_info` are documented at https://huggingface.co/docs/hub/datasets-manual-configuration
and https://huggingface.co/docs/datasets/about_dataset_features. Whatever is not as told there is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

DEFAULT = "default"
_MARK = "---"
_LONGEST_NUMBER = 18
_MOST_NODES = 1_000_000
"""Values that a head may have, as often as they are repeated by aliases, which can stand for endless ones."""


@dataclass(frozen=True)
class CardConfiguration:
    """A configuration as a card tells it.

    preferred: whether it is meant where none is named. patterns: globs of the files of each split; without
    any, all files in `folder` count, by their names.
    """

    name: str
    preferred: bool = False
    folder: str = ""
    patterns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Card:
    """configurations: in their order. classes: names of classes, by configuration and column."""

    configurations: tuple[CardConfiguration, ...] = ()
    classes: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)


def read_card(text: str) -> Card:
    """Return what a README.md says; nothing where it has no head, or one that is not YAML."""
    head = _head(text)
    return Card(
        configurations=tuple(_configuration(entry) for entry in _entries(head.get("configs"))),
        classes={
            _text(entry, "config_name") or DEFAULT: dict(_named_columns(entry.get("features")))
            for entry in _entries(head.get("dataset_info"))
        },
    )


def _head(text: str) -> Mapping[str, Any]:
    lines = text.lstrip("\ufeff").splitlines()
    if not lines or lines[0].strip() != _MARK:
        return {}
    ends = [number for number, line in enumerate(lines) if number and line.rstrip() == _MARK]
    try:
        read = _parsed("\n".join(lines[1 : ends[0]])) if ends else None
    except (yaml.YAMLError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _parsed(text: str) -> Any:
    """Return what YAML says, None if it repeats itself without measure."""
    loader = yaml.BaseLoader(text)  # makes texts of everything, of a class that is called no, too
    node = loader.get_single_node()
    if node is None or _nodes(node, {}) > _MOST_NODES:
        return None
    return loader.construct_document(node)


def _nodes(node: yaml.Node, known: dict[yaml.Node, int]) -> int:
    """Return how many nodes there are within one, itself included; of one within itself, too many."""
    if node not in known:
        known[node] = _MOST_NODES + 1
        inside = node.value if isinstance(node, yaml.CollectionNode) else ()
        parts = (part for each in inside for part in (each if isinstance(each, tuple) else (each,)))
        known[node] = 1 + sum(_nodes(part, known) for part in parts)
    return known[node]


def _entries(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a list, or the one that stands instead of a list."""
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, dict):
            yield entry


def _text(entry: Mapping[str, Any], key: str) -> str:
    """Return what stands under a key, empty unless it is a text."""
    value = entry.get(key)
    return value if isinstance(value, str) else ""


def _configuration(entry: Mapping[str, Any]) -> CardConfiguration:
    folder = _text(entry, "data_dir").removeprefix("./").strip("/")
    return CardConfiguration(
        name=_text(entry, "config_name") or DEFAULT,
        preferred=entry.get("default") == "true",
        folder=folder,
        patterns=dict(_patterns(entry.get("data_files"), folder)),
    )


def _patterns(given: Any, folder: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield splits with their globs; files without a split are for training."""
    if isinstance(given, dict):
        given = [{"split": split, "path": path} for split, path in given.items()]
    splits = [entry for entry in _entries(given) if _text(entry, "split")]
    if splits:
        for entry in splits:
            yield _text(entry, "split"), _globs(entry.get("path"), folder)
    elif given:
        yield "train", _globs(given, folder)


def _globs(given: Any, folder: str) -> tuple[str, ...]:
    paths = [path.removeprefix("./") for path in _texts(given)]
    return tuple(f"{folder}/{path}" if folder else path for path in paths)


def _texts(given: Any) -> list[str]:
    return [each for each in (given if isinstance(given, list) else [given]) if isinstance(each, str)]


def _named_columns(features: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    for entry in _entries(features):
        kind = entry.get("dtype")
        told = kind.get("class_label") if isinstance(kind, dict) else None
        names = told.get("names") if isinstance(told, dict) else None
        if isinstance(names, dict):  # {"0": "negative", "1": "positive"}
            names = [names[key] for key in sorted(names, key=_number)]
        if isinstance(names, list) and names and all(isinstance(name, str) for name in names):
            yield _text(entry, "name"), tuple(names)


def _number(key: str) -> int:
    return int(key) if key.isdecimal() and len(key) <= _LONGEST_NUMBER else -1

"""What the card of a data set says: the YAML head of the README.md of a repository.

The keys `configs` and `dataset_info` are told at https://huggingface.co/docs/hub/datasets-manual-configuration
and https://huggingface.co/docs/datasets/about_dataset_features. Whatever is not as told there is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

DEFAULT = "default"
_MARK = "---"


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
            _name(entry): dict(_named_columns(entry.get("features")))
            for entry in _entries(head.get("dataset_info"))
        },
    )


def _head(text: str) -> Mapping[str, Any]:
    lines = text.lstrip("\ufeff").splitlines()
    if not lines or lines[0].strip() != _MARK:
        return {}
    ends = [number for number, line in enumerate(lines) if number and line.rstrip() == _MARK]
    try:
        # It makes texts of everything, of a class that is called no, too.
        read = yaml.load("\n".join(lines[1 : ends[0]]), yaml.BaseLoader) if ends else None  # noqa: S506
    except (yaml.YAMLError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _entries(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a list, or the one that stands instead of a list."""
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, dict):
            yield entry


def _name(entry: Mapping[str, Any]) -> str:
    return str(entry.get("config_name") or DEFAULT)


def _configuration(entry: Mapping[str, Any]) -> CardConfiguration:
    folder = str(entry.get("data_dir") or "").removeprefix("./").strip("/")
    return CardConfiguration(
        name=_name(entry),
        preferred=entry.get("default") == "true",
        folder=folder,
        patterns=dict(_patterns(entry.get("data_files"), folder)),
    )


def _patterns(given: Any, folder: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield splits with their globs; files without a split are for training."""
    if isinstance(given, dict):
        given = [{"split": split, "path": path} for split, path in given.items()]
    splits = [entry for entry in _entries(given) if entry.get("split")]
    if splits:
        for entry in splits:
            yield str(entry["split"]), _globs(entry.get("path"), folder)
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
        if isinstance(names, list) and names and "name" in entry:
            yield str(entry["name"]), tuple(str(name) for name in names)


def _number(key: Any) -> int:
    return int(key) if str(key).isdecimal() else -1

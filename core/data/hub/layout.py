"""Which files of a repository of data hold which split of which configuration.

Its card says so, or the names of the files do: `data/train-00000-of-00002.parquet`, `<configuration>/train/
0000.parquet`, `train.csv`, after the rules of https://huggingface.co/docs/hub/datasets-file-names-and-splits.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from core.data.hub.card import DEFAULT, Card, CardConfiguration
from core.errors import UnusableInput
from core.presentation.lists import listed
from core.presentation.near_names import did_you_mean, near_names

_SHARD = re.compile(r"(?P<split>.+?)[-_.](?P<number>\d{5,18})-of-(?P<count>\d{5,18})(-[0-9a-f]+)?")
_SPLIT_WORDS = {"train", "training", "test", "testing", "validation", "valid", "val", "dev", "eval"}
_TOKEN = re.compile(r"\*\*/|\*\*|.", re.DOTALL)
_STARS = {"**/", "**", "*"}
_LONGEST_GLOB = 1000

Splits = Mapping[str, tuple[str, ...]]
"""Files by the name of their split, in order."""


@dataclass(frozen=True)
class Layout:
    """The splits of each configuration by name.

    preferred: the configuration that is meant where none is named, as far as the card says so.
    """

    configurations: Mapping[str, Splits] = field(default_factory=dict)
    preferred: str = ""

    def __bool__(self) -> bool:
        return bool(self.configurations)

    def configuration(self, wanted: str, *, of: str) -> str:
        """Return the name of the configuration that is wanted, or of the one that is meant without a name.

        of: what the repository is called.

        Raises:
            UnusableInput: there is no such one; or there are several, and none is named.
        """
        known = self.configurations
        chosen = wanted or self.preferred or (DEFAULT if DEFAULT in known else "")
        if not chosen and len(known) == 1:
            return next(iter(known))
        if not chosen:
            raise UnusableInput(
                f"The data set {of} has several configurations.", f"Name one of them: {listed(known)}."
            )
        if chosen not in known:
            raise UnusableInput(
                f"The data set {of} has no configuration {chosen!r}.",
                _offered(chosen, known),
            )
        return chosen

    def files(self, configuration: str, split: str, *, of: str) -> tuple[str, ...]:
        """Return the files of a split.

        Raises:
            UnusableInput: there is no such split, or some of its shards are missing.
        """
        splits = self.configurations[configuration]
        if split not in splits:
            where = f" in its configuration {configuration!r}" if len(self.configurations) > 1 else ""
            raise UnusableInput(f"The data set {of} has no split {split!r}{where}.", _offered(split, splits))
        _require_all_shards(splits[split], of)
        return splits[split]


def layout(names: Sequence[str], card: Card) -> Layout:
    """Return where these files belong. names: paths in the repository, with `/`."""
    told = {entry.name: splits for entry in card.configurations if (splits := _told(entry, names))}
    preferred = next((entry.name for entry in card.configurations if entry.preferred), "")
    found = told or _by_names(names)
    return Layout(found, preferred if preferred in found else "")


def _told(entry: CardConfiguration, names: Sequence[str]) -> Splits:
    """Return the splits of a configuration as the card tells them; none if no file is as it says."""
    if entry.patterns:
        found = {split: _matching(globs, names) for split, globs in entry.patterns.items()}
        return {split: files for split, files in found.items() if files}
    inside = [name for name in names if name.startswith(f"{entry.folder}/")] if entry.folder else []
    return {split: files for splits in _by_names(inside).values() for split, files in splits.items()}


def _matching(globs: Iterable[str], names: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({name for glob in globs for name in _fitting(glob, names)}))


def _fitting(glob: str, names: Iterable[str]) -> Iterator[str]:
    """Yield the names that a glob means; `**` goes across folders, and `**/` may also mean none."""
    if len(glob) > _LONGEST_GLOB:
        return
    beginning = re.split(r"[*?]", glob, maxsplit=1)[0]
    tokens = _TOKEN.findall(re.sub(r"(?:\*\*/)+", "**/", re.sub(r"\*{3,}", "**", glob)))
    for name in names:
        if name == glob or (name.startswith(beginning) and _fits(tokens, name)):
            yield name


def _fits(tokens: Sequence[str], name: str) -> bool:
    """Return whether tokens mean a name: followed at once wherever they may lead, so no glob takes long."""
    places = set(_arrived(tokens, 0))
    for letter in name:
        places = {after for place in places for after in _after(tokens, place, letter)}
    return len(tokens) in places


def _after(tokens: Sequence[str], place: int, letter: str) -> Iterator[int]:
    """Yield the tokens that may come next if one, at a place, meets a letter."""
    part = tokens[place] if place < len(tokens) else ""
    if part == "**/":
        yield place
        if letter == "/":
            yield from _arrived(tokens, place + 1)
    elif part == "**" or (part == "*" and letter != "/"):
        yield from _arrived(tokens, place)
    elif part == letter or (part == "?" and letter != "/"):
        yield from _arrived(tokens, place + 1)


def _arrived(tokens: Sequence[str], place: int) -> Iterator[int]:
    """Yield a place, and those behind it as far as tokens may mean nothing."""
    yield place
    while place < len(tokens) and tokens[place] in _STARS:
        place += 1
        yield place


def _by_names(names: Iterable[str]) -> dict[str, Splits]:
    found: dict[str, dict[str, list[str]]] = {}
    for name in sorted(names):
        configuration, split = _place(PurePosixPath(name))
        found.setdefault(configuration, {}).setdefault(split, []).append(name)
    return {
        configuration: {split: tuple(files) for split, files in splits.items()}
        for configuration, splits in found.items()
    }


def _place(path: PurePosixPath) -> tuple[str, str]:
    """Return the configuration and the split that a path tells."""
    *folders, file = path.parts
    stem = file.removesuffix(path.suffix)
    shard = _SHARD.fullmatch(stem)
    if folders and (folders[-1] in _SPLIT_WORDS or (stem.isdecimal() and folders != ["data"])):
        split = folders.pop()
    else:
        split = shard["split"] if shard else stem
    if folders[:1] == ["data"]:
        del folders[0]
    return "/".join(folders) or DEFAULT, split


def _require_all_shards(files: Sequence[str], of: str) -> None:
    """Raise `UnusableInput` if files are numbered, but not all of them are there."""
    shards = [_SHARD.fullmatch(PurePosixPath(file).stem) for file in files]
    counts = {int(shard["count"]) for shard in shards if shard}
    numbers = {int(shard["number"]) for shard in shards if shard}
    if not all(shards) or len(counts) != 1:
        return
    (count,) = counts
    # Only counted: a file may claim to be one of more shards than there can be.
    if missing := count - sum(number < count for number in numbers):
        first = next(number for number in itertools.count() if number not in numbers)
        raise UnusableInput(
            f"The data set {of} lacks {missing:,} of {count:,} shards, the first of them number "
            f"{first:,}, beside {PurePosixPath(files[0]).name}.",
            "Copy all files of the split.",
        )


def _offered(name: str, known: Iterable[str]) -> str:
    """Return names like the one that is not there, and those that there are."""
    names = list(known)
    return f"{did_you_mean(near_names(name, names))} There are: {listed(names)}.".strip()

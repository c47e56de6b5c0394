"""What people see of a split before they trust it: counts, and examples spread evenly over the classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.data.images import ImageDataset
from core.data.pictures.thumbnails import thumbnail
from core.data.text.texts import TextDataset
from core.domain.data.data_preview import ClassCounts, ColumnCounts, DataExample, DataPreview, DataSummary
from core.domain.text import visible

EXAMPLES = 12
MOST_LISTED = 20  # classes, and values of a column
_MOST_COLUMNS = 8
_MOST_PROBLEMS = 5
_MOST_ANSWERS = 3
_LONGEST_TEXT = 1000
_LONGEST_ANSWER = 300
_LONGEST_NAME = 100

Indices: TypeAlias = NDArray[np.int64]


def preview(data: Dataset, split: str) -> DataPreview:
    """Return figures and up to `EXAMPLES` examples of a split, in at most about 300 kB.

    Examples are the same whenever the data are the same.
    """
    labels = data.labels.to(torch.int64).numpy()
    summary = DataSummary(
        split=split,
        instances=len(data),
        left_out=len(data.problems),
        problems=tuple(_clipped(problem, _LONGEST_ANSWER) for problem in data.problems[:_MOST_PROBLEMS]),
        classes=_classes(labels, data.class_names) if data.class_names else None,
        columns=tuple(_column(name, data.slices[name]) for name in list(data.slices)[:_MOST_COLUMNS]),
        channels=int(data.images.shape[1]) if isinstance(data, ImageDataset) else None,
    )
    shown = chosen(_groups(data, labels), EXAMPLES)
    return DataPreview(summary, tuple(_example(data, index) for index in shown))


def chosen(groups: NDArray[np.integer], most: int) -> list[int]:
    """Return indices of up to `most` instances, as many of each group as can be, sorted by group.

    groups: `(instances,)`, the group of each. Where there are more groups than places, groups spread evenly
    over all are taken; within a group, instances spread evenly over it.
    """
    names, sizes = np.unique(groups, return_counts=True)
    if len(names) > most:
        taken = np.linspace(0, len(names) - 1, most).round().astype(int)
        names, sizes = names[taken], sizes[taken]
    return [
        int(index)
        for name, share in zip(names, _shares(sizes, most), strict=True)
        for index in _spread(np.flatnonzero(groups == name), share)
    ]


def _shares(sizes: Indices, most: int) -> list[int]:
    """Return how many places each group gets: one each in turn, until all are given or none is left over."""
    shares = [0] * len(sizes)
    left = min(most, int(sizes.sum()))
    while left:
        for group, size in enumerate(sizes):
            if left and shares[group] < size:
                shares[group] += 1
                left -= 1
    return shares


def _spread(members: Indices, count: int) -> Indices:
    """Return so many of the members, from the middle of as many equal parts."""
    places = (np.arange(count) + 0.5) * len(members) / max(count, 1)
    taken: Indices = members[places.astype(int)]
    return taken


def _groups(data: Dataset, labels: NDArray[np.integer]) -> NDArray[np.integer]:
    """Return what examples are spread over: the classes, else the first column that has only few values."""
    if data.class_names:
        return labels
    for column in data.slices.values():
        values = sorted(set(column))
        if 1 < len(values) <= MOST_LISTED:
            codes = {value: code for code, value in enumerate(values)}
            return np.array([codes[value] for value in column], np.int64)
    return np.zeros(len(labels), np.int64)


def _classes(labels: NDArray[np.integer], names: Sequence[str]) -> ClassCounts:
    counts = np.bincount(labels[(labels >= 0) & (labels < len(names))], minlength=len(names))
    by_size = np.argsort(-counts, kind="stable")
    listed = np.arange(len(names)) if len(names) <= MOST_LISTED else by_size[:MOST_LISTED]
    filled = [index for index in by_size if counts[index] > 0]

    def counted(index: int) -> tuple[str, int]:
        return _named(names[index]), int(counts[index])

    return ClassCounts(
        listed=tuple(counted(int(index)) for index in listed),
        total=len(names),
        empty=len(names) - len(filled),
        largest=counted(filled[0]) if filled else None,
        smallest=counted(filled[-1]) if filled else None,
    )


def _column(name: str, values: Sequence[str]) -> ColumnCounts:
    counts = Counter(values)
    largest = sorted(counts.most_common(MOST_LISTED), key=lambda entry: (-entry[1], str(entry[0])))
    listed = tuple((_named(value), count) for value, count in largest)
    return ColumnCounts(_named(name), listed, len(counts))


def _example(data: Dataset, index: int) -> DataExample:
    known = 0 <= int(data.labels[index]) < len(data.class_names)
    label = _named(data.class_names[int(data.labels[index])]) if known else None
    identity = _named(data.ids[index])
    if isinstance(data, ImageDataset):
        image = data.images[index]
        height, width = image.shape[-2:]
        return DataExample(identity, label, picture=thumbnail(image), pixels=(int(width), int(height)))
    if isinstance(data, TextDataset):
        answers = data.answers[index][:_MOST_ANSWERS] if data.answers else ()
        return DataExample(
            identity,
            label,
            text=_clipped(data.texts[index], _LONGEST_TEXT),
            answers=tuple(_clipped(answer, _LONGEST_ANSWER) for answer in answers),
        )
    return DataExample(identity, label)


def _named(name: object) -> str:
    """Return a name at most so long as is shown, invisible characters written as their numbers."""
    return _clipped(visible(str(name)), _LONGEST_NAME)


def _clipped(text: object, longest: int) -> str:
    """Return the text, at most so long, with marks in place of what no database or page can hold."""
    said = str(text)
    cut = said if len(said) <= longest else f"{said[: longest - 1]}\N{HORIZONTAL ELLIPSIS}"
    return cut.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")

"""Texts as people read them; `encoded` makes of them what a certain model reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from core.data.dataset import Batch, Dataset
from core.data.text.encoded import EncodedTexts
from core.data.text.reading import Form, TextReader, Texts, encode
from core.errors import UnusableInput


@dataclass(frozen=True, eq=False)
class TextDataset(Dataset):
    """Texts with a class each, or with right answers each, or (to look at) with neither.

    answers: the right answers of each text, best first, none where they are not known; empty where the task
        is to classify.
    truncate: whether texts longer than the model's context are cut instead of refused.
    """

    texts: tuple[str, ...]
    ids: tuple[str, ...]
    labels: Tensor
    class_names: tuple[str, ...] = ()
    answers: tuple[tuple[str, ...], ...] = ()
    slices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    truncate: bool = False
    origin: str = ""

    def batch(self, indices: Tensor | slice, *, augmented: bool = False) -> Batch:
        """Raise `UnusableInput`: texts must be encoded for a model first."""
        del indices, augmented
        raise UnusableInput(
            "These texts are not encoded for any model.", "Call encoded() with the reader of a model."
        )

    def encoded(self, reader: TextReader) -> EncodedTexts:
        """Return the texts as tokens of a model.

        Raises:
            UnusableInput: the data do not suit the form of the model, or texts are too long for it.
        """
        if reader.form is not Form.CLASSIFICATION and self.texts and not self.answers:
            raise UnusableInput(
                "The data hold no answers, but the model is one that writes text.",
                "Name the column of the right answers, or choose a model that classifies.",
            )
        tokens, targets = encode(Texts(self.texts, self.ids, self.answers, self.truncate), reader)
        slices = {**self.slices, "length (tokens)": _buckets([len(text) for text in tokens])}
        return EncodedTexts(
            reader=reader,
            texts=self.texts,
            tokens=tuple(tokens),
            targets=tuple(targets),
            ids=self.ids,
            labels=self.labels,
            class_names=self.class_names,
            answers=self.answers,
            slices=slices,
            problems=self.problems,
            origin=self.origin,
        )


def unlabelled(count: int) -> Tensor:
    """Return the labels of instances that have no class."""
    return torch.full((count,), -1)


def _buckets(lengths: list[int]) -> tuple[str, ...]:
    """Return for each length the range between powers of two that it falls into."""
    names = []
    for length in lengths:
        high = 1 << max(2, (length - 1).bit_length())
        names.append(f"up to {high}" if high == 4 else f"{high // 2 + 1} to {high}")
    return tuple(names)

"""Texts as tokens of one model: batches to learn from and to score, and prompts to answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from core.data.dataset import IGNORED, Batch, Dataset
from core.data.text.reading import Form, TextReader, Tokens


@dataclass(frozen=True, eq=False)
class EncodedTexts(Dataset):
    """Tokens of texts and of their answers.

    To classify, inputs are input_ids and attention_mask. Causal models read text and answer at once and
    labels are the next tokens of the answer. Sequence-to-sequence models also get decoder_input_ids.

    targets: tokens of each first right answer with its end; empty to classify, and of unknown answers.
    """

    reader: TextReader
    texts: tuple[str, ...]
    tokens: tuple[Tokens, ...]
    targets: tuple[Tokens, ...]
    ids: tuple[str, ...]
    labels: Tensor
    class_names: tuple[str, ...] = ()
    answers: tuple[tuple[str, ...], ...] = ()
    slices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    origin: str = ""

    def batch(self, indices: Tensor | slice, *, augmented: bool = False) -> Batch:
        """Return the chosen instances, padded on the right to the longest of them."""
        del augmented
        chosen = self._chosen(indices)
        if self.reader.form is Form.CLASSIFICATION:
            return Batch(self._read(chosen), self.labels[chosen])
        targets = [self.targets[index] for index in chosen]
        if self.reader.form is Form.CAUSAL:
            return self._continued(chosen, targets)
        targets = [target or (IGNORED,) for target in targets]
        begun = [(self.reader.start, *target[:-1]) for target in targets]
        inputs = {**self._read(chosen), "decoder_input_ids": padded(begun, self.reader.padding)}
        return Batch(inputs, padded(targets, IGNORED))

    def fingerprint(self) -> str:
        """Return a hash that also differs where texts or right answers differ."""
        content = json.dumps([self.texts, self.answers])
        return hashlib.sha256((super().fingerprint() + content).encode()).hexdigest()

    def prompts(self, indices: Tensor | slice) -> dict[str, Tensor]:
        """Return the chosen texts without answers, padded on the left where the model goes on writing."""
        left = self.reader.form is Form.CAUSAL
        return self._read(self._chosen(indices), left=left)

    def _chosen(self, indices: Tensor | slice) -> list[int]:
        if isinstance(indices, slice):
            return list(range(len(self)))[indices]
        return [int(index) for index in indices]

    def _read(self, chosen: list[int], *, left: bool = False) -> dict[str, Tensor]:
        texts = [self.tokens[index] for index in chosen]
        return {
            "input_ids": padded(texts, self.reader.padding, left=left),
            "attention_mask": padded([(1,) * len(text) for text in texts], 0, left=left),
        }

    def _continued(self, chosen: list[int], targets: list[Tokens]) -> Batch:
        texts = [self.tokens[index] for index in chosen]
        whole = [(*text, *target[:-1]) for text, target in zip(texts, targets, strict=True)]
        inputs = {
            "input_ids": padded(whole, self.reader.padding),
            "attention_mask": padded([(1,) * len(text) for text in whole], 0),
        }
        next_tokens = [
            (*(IGNORED,) * (len(text) - 1), *(target or (IGNORED,)))
            for text, target in zip(texts, targets, strict=True)
        ]
        return Batch(inputs, padded(next_tokens, IGNORED))


def padded(rows: Iterable[Tokens], fill: int, *, left: bool = False) -> Tensor:
    """Return rows of different lengths as `(rows, longest)` int64."""
    listed = list(rows)
    longest = max((len(row) for row in listed), default=0)
    table = torch.full((len(listed), longest), fill)
    for number, row in enumerate(listed):
        start = longest - len(row) if left else 0
        table[number, start : start + len(row)] = torch.tensor(row, dtype=torch.int64)
    return table

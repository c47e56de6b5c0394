"""How a model reads text: its tokenizer, the form of its inputs, and how much of it fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from core.errors import UnusableInput

if TYPE_CHECKING:  # importing transformers takes seconds, which models of images need not wait
    from transformers import PreTrainedTokenizerBase

Tokens = tuple[int, ...]


class Form(StrEnum):
    """What a model does with text."""

    CLASSIFICATION = "classification"
    CAUSAL = "causal"  # goes on writing after the text
    SEQUENCE_TO_SEQUENCE = "sequence-to-sequence"  # reads the text, then writes an answer


@dataclass(frozen=True, eq=False)
class TextReader:
    """A model as texts see it.

    context: most tokens that fit, of text and answer together for causal models.
    start: token with which the decoder of a sequence-to-sequence model begins.
    """

    tokenizer: PreTrainedTokenizerBase
    form: Form
    context: int
    start: int = 0

    @property
    def end(self) -> int:
        """The token that ends an answer; `UnusableInput` if the tokenizer has none."""
        for token in (self.tokenizer.eos_token_id, self.tokenizer.sep_token_id):
            if token is not None:
                return int(token)
        raise UnusableInput(
            "The tokenizer has no token that ends a text.", "Set its eos_token, or choose another model."
        )

    @property
    def padding(self) -> int:
        """The token that fills up short texts; attention never sees it."""
        token = self.tokenizer.pad_token_id
        return int(token) if token is not None else self.end

    def decoded(self, tokens: Sequence[Sequence[int]]) -> list[str]:
        """Return the texts of generated tokens, each up to the first end token, without special tokens."""
        end = self.end
        kept = [list(text)[: list(text).index(end)] if end in text else list(text) for text in tokens]
        return [str(text).strip() for text in self.tokenizer.batch_decode(kept, skip_special_tokens=True)]


@dataclass(frozen=True, eq=False)
class Texts:
    """The part of a text data set that is encoded; answers are empty where the task is to classify.

    truncate: whether texts longer than the model's context are cut instead of refused.
    """

    texts: tuple[str, ...]
    ids: tuple[str, ...]
    answers: tuple[tuple[str, ...], ...]
    truncate: bool = False


def encode(data: Texts, reader: TextReader) -> tuple[list[Tokens], list[Tokens]]:
    """Return the tokens of each text and of each first answer with its end token.

    Texts without a known answer, and those to classify, have no tokens of one.

    Raises:
        UnusableInput: a text is longer than the model's context and may not be cut.
    """
    tokens = _tokens(reader, data.texts, special=True)
    targets: list[Tokens] = [()] * len(tokens)
    if reader.form is not Form.CLASSIFICATION:
        lead = " " if reader.form is Form.CAUSAL else ""
        answers = [lead + (each[0] if each else "") for each in data.answers]
        written = _tokens(reader, answers, special=False)
        targets = [
            (*answer, reader.end) if known else ()
            for answer, known in zip(written, data.answers, strict=True)
        ]
    if reader.form is Form.CAUSAL:
        # What ends a text would end the answer before it began.
        tokens = [text[:-1] if len(text) > 1 and text[-1] == reader.end else text for text in tokens]
        lengths = [len(text) + len(target) for text, target in zip(tokens, targets, strict=True)]
    else:
        lengths = [max(len(text), len(target)) for text, target in zip(tokens, targets, strict=True)]
    return _fitted(data, reader, (tokens, targets, lengths))


def _tokens(reader: TextReader, texts: Sequence[str], *, special: bool) -> list[Tokens]:
    if not texts:
        return []
    encoded = reader.tokenizer(list(texts), add_special_tokens=special, verbose=False)["input_ids"]
    # A model cannot read nothing.
    return [tuple(text) or (reader.padding,) * special for text in encoded]


def _fitted(
    data: Texts, reader: TextReader, found: tuple[list[Tokens], list[Tokens], list[int]]
) -> tuple[list[Tokens], list[Tokens]]:
    tokens, targets, lengths = found
    long = [index for index, length in enumerate(lengths) if length > reader.context]
    if long and not data.truncate:
        worst = max(long, key=lambda index: lengths[index])
        raise UnusableInput(
            f"{len(long)} of {len(lengths)} texts are longer than the {reader.context} tokens that the model "
            f"can read; the longest is {data.ids[worst]} with {lengths[worst]} tokens.",
            "Let the data set cut long texts, or choose a model with a longer context.",
        )
    for index in long:
        if reader.form is Form.CAUSAL:  # the end of a question matters most, and so does its answer
            kept = max(1, reader.context - len(targets[index]))
            tokens[index] = tokens[index][-kept:]
            targets[index] = targets[index][: reader.context - kept]
        else:
            tokens[index] = _cut(tokens[index], reader.context)
            targets[index] = targets[index][: reader.context]
    return tokens, targets


def _cut(tokens: Tokens, most: int) -> Tokens:
    """Return the first tokens; the last one stays last, because it may be one that ends the text."""
    return (*tokens[: most - 1], tokens[-1]) if len(tokens) > most else tokens

"""Tokenizers that need no file: one token per known word, or one per byte."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from core.errors import UnusableInput

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerBase

PAD, END, UNKNOWN = "<pad>", "<eos>", "<unk>"
SPECIAL = (PAD, END, UNKNOWN)  # their places in every vocabulary: 0, 1, 2
BYTES = 256


def vocabulary_size(words: str) -> int:
    """Return how many tokens a model of these words knows; without words, of bytes."""
    return len(SPECIAL) + (len(_listed(words)) if words.strip() else BYTES)


def most_frequent(texts: Iterable[str], most: int) -> str:
    """Return the most frequent words of texts, separated by spaces; of equally frequent ones the first of the
    alphabet. Words are what spaces separate, as `tokenizer` has it.
    """  # noqa: D205
    counts = Counter(word for text in texts for word in text.split() if word not in SPECIAL)
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    return " ".join(ranked[:most])


def tokenizer(words: str, *, context: int) -> PreTrainedTokenizerBase:
    """Return a tokenizer for words separated by spaces; for UTF-8 bytes if there are none.

    Raises:
        UnusableInput: a word is given twice.
    """
    from transformers import PreTrainedTokenizerFast

    raw = _of_words(_listed(words)) if words.strip() else _of_bytes()
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=raw,
        pad_token=PAD,
        eos_token=END,
        unk_token=UNKNOWN,
        model_max_length=context,
        clean_up_tokenization_spaces=False,
    )


def _of_words(words: list[str]) -> Tokenizer:
    from tokenizers import Tokenizer, models, pre_tokenizers

    known = {word: index for index, word in enumerate((*SPECIAL, *words))}
    raw = Tokenizer(models.WordLevel(known, unk_token=UNKNOWN))
    raw.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return raw


def _of_bytes() -> Tokenizer:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    known = {symbol: index for index, symbol in enumerate((*SPECIAL, *alphabet))}
    raw = Tokenizer(models.BPE(known, []))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    return raw


def _listed(words: str) -> list[str]:
    listed = words.split()
    twice = sorted(
        {word for word in listed if listed.count(word) > 1} if len(set(listed)) < len(listed) else ()
    )
    reserved = sorted(set(listed) & set(SPECIAL))
    if twice or reserved:
        word = (twice or reserved)[0]
        raise UnusableInput(f"The vocabulary has the word {word!r} twice.", "Give each word once.")
    return listed

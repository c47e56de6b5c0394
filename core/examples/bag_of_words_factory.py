"""A plug-in model of texts with a tokenizer of its own: factory `example-bag-of-words` of `weights-file`."""

import zlib

import torch
from torch import Tensor, nn

from core.models.factories import model_factory

WORDS = 4096


def tokens(text: str) -> list[int]:
    """Return a number from 1 for each word; 0 fills up short texts."""
    return [1 + zlib.crc32(word.encode()) % WORDS for word in text.lower().split()]


class BagOfWords(nn.Module):
    """Classifies a text by the mean of its words' vectors."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(WORDS + 1, width, padding_idx=0)
        self.head = nn.Linear(width, classes)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Return logits `(texts, classes)` of tokens `(texts, longest)`."""
        weights = attention_mask[:, :, None].to(self.embed.weight.dtype)
        mean = (self.embed(input_ids) * weights).sum(1) / weights.sum(1).clamp(min=1)
        logits: Tensor = self.head(torch.relu(mean))
        return logits


@model_factory("example-bag-of-words", tokenizer=tokens, context=256)
def bag_of_words(width: int = 64, classes: int = 2) -> nn.Module:
    """Return a small classifier of texts."""
    return BagOfWords(width, classes)

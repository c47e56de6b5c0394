"""Labels of techniques, parameters and metrics in running text."""

from __future__ import annotations

import re


def in_sentence(label: str) -> str:
    """Return a label as it stands inside a sentence: `magnitude pruning`, `GPTQ rounding`, `N:M pruning`.

    Words that start a label with one capital lose it; acronyms and names such as `torchvision` stay.
    """
    return " ".join(word.lower() if word[1:].islower() else word for word in label.split())


def from_name(name: str) -> str:
    """Return a readable form of a name of code, e.g. `learning rate` for `learning_rate`."""
    return re.sub(r"[-_]", " ", name)


def sentence_case(text: str) -> str:
    """Return the text with its first letter as a capital; the rest stays."""
    return text[:1].upper() + text[1:]

"""Values of parameters that take one of a few words, as people read them: `per channel` instead of `channel`.

The only place that knows such words; whatever shows a choice asks here.
"""

from __future__ import annotations

import re
from typing import Any

from core.domain.parameter.spec import ParameterSpec
from core.presentation.labels import from_name

_WORDS = {
    "": "none",
    "tensor": "per tensor",
    "channel": "per channel",
    "group": "per group",
    "token": "per token",
    "layer": "per layer",
    "min-max": "min-max",
    "mse": "least squared error",
    "sequence-to-sequence": "sequence-to-sequence",
    "float8-e4m3": "float8 E4M3",
    "float8-e5m2": "float8 E5M2",
    "bert": "BERT",
    "gpt2": "GPT-2",
    "llama": "Llama",
    "t5": "T5",
    "vit": "ViT",
}
"""What replacing hyphens does not make readable."""


def choice_words(value: Any, about: ParameterSpec | None) -> Any:
    """Return the words for a value that is a choice and a text, else the value itself."""
    if about is None or not isinstance(value, str) or about.as_written or value not in about.choices:
        return value
    return _WORDS.get(value) or from_name(value)


def words_alone(value: Any, about: ParameterSpec | None) -> Any:
    """Return the words for a value without its parameter's name beside it: `no pattern` for `none`."""
    words = choice_words(value, about)
    return f"no {about.running_label}" if about is not None and words == "none" else words


def zero_words(about: ParameterSpec) -> str:
    """Return what 0 stands for by a parameter's help, `no limit` of `0: no limit.`, or nothing."""
    found = re.search(r"\b0: ([^;.]+)", about.help)
    return found[1] if found else ""

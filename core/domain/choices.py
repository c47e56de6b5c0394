"""Values of parameters that take one of a few words, as people read them: `per channel` instead of `channel`.

The only place that knows such words; whatever shows a value that a schema lists asks here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from core.presentation.labels import in_sentence

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


AS_WRITTEN = "x-as-written"
"""Marks a parameter whose values are names that people gave, e.g. to parts of their plug-ins."""


def choice_words(value: Any, about: Mapping[str, Any]) -> Any:
    """Return the words for a value if the parameter's schema lists it as a text, else the value itself."""
    if not isinstance(value, str) or about.get(AS_WRITTEN) or value not in _listed(about):
        return value
    return _WORDS.get(value) or re.sub(r"[-_]", " ", value)


def words_alone(value: Any, name: str, about: Mapping[str, Any]) -> Any:
    """Return the words for a value without its parameter's name beside it: `no pattern` for `none`."""
    words = choice_words(value, about)
    return f"no {in_sentence(str(about.get('title') or name))}" if words == "none" else words


def zero_words(about: Mapping[str, Any]) -> str:
    """Return what 0 stands for by a parameter's description, `no limit` of `0: no limit.`, or nothing."""
    found = re.search(r"\b0: ([^;.]+)", str(about.get("description", "")))
    return found[1] if found else ""


def _listed(about: Mapping[str, Any]) -> list[Any]:
    options = [about, *about.get("anyOf", ()), *about.get("oneOf", ())]
    listed = [value for option in options for value in option.get("enum", ())]
    return listed + [option["const"] for option in options if "const" in option]

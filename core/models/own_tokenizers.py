"""How models of your own read text: a tokenizer of transformers, from a folder or by name, or a function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

from core.data.text.reading import Form, TextReader
from core.errors import UnusableInput
from core.models.transformer import DEFAULT_CONTEXT, UNBOUNDED

Tokenizer = str | Callable[..., Any]
"""A folder that `save_pretrained` wrote, a name on the Hugging Face hub, a function that makes a tokenizer of
transformers, or one that gives the token ids of a text."""

_HINT = (
    "Give a folder that save_pretrained wrote or a name on the hub, or let the factory bring one: "
    "@model_factory(name, tokenizer=...)."
)


class FunctionTokenizer:
    """A function from a text to its token ids, as `TextReader` uses tokenizers; 0 fills up short texts."""

    eos_token_id = sep_token_id = None
    pad_token_id = 0
    model_max_length = UNBOUNDED

    def __init__(self, encode: Callable[[str], Sequence[int]]) -> None:
        self._encode = encode

    def __call__(self, texts: Sequence[str], **options: Any) -> dict[str, list[list[int]]]:
        """Return `input_ids` of each text; options of other tokenizers have no meaning here."""
        del options
        return {"input_ids": [[int(token) for token in self._encode(text)] for text in texts]}


def own_reader(tokenizer: Tokenizer, form: Form, *, context: int = 0) -> TextReader:
    """Return how a model of your own reads text. context: most tokens that fit; 0: as the tokenizer says.

    Raises:
        UnusableInput: there is no such tokenizer, or the function fails or returns something else.
    """
    made = _named(tokenizer) if isinstance(tokenizer, str) else _made(tokenizer)
    limit = int(getattr(made, "model_max_length", UNBOUNDED))
    fits = context or (limit if 0 < limit < UNBOUNDED else DEFAULT_CONTEXT)
    return TextReader(made, form, context=fits)


def writes_back(tokenizer: Tokenizer | None) -> bool:
    """Return whether a tokenizer may turn tokens into text: all but functions from a text to its tokens."""
    if tokenizer is None or isinstance(tokenizer, str):
        return tokenizer is not None
    return hasattr(tokenizer, "batch_decode") or not _needed(tokenizer)


def _named(name: str) -> Any:
    from transformers import AutoTokenizer

    if Path(name).is_absolute() and not Path(name).is_dir():
        raise UnusableInput(f"There is no folder {name} with a tokenizer.", _HINT)
    try:
        return AutoTokenizer.from_pretrained(name, local_files_only=True)  # no download  # nosec B615
    except (OSError, ValueError, RuntimeError, KeyError, ImportError) as error:
        reason = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
        raise UnusableInput(f"The tokenizer {name!r} cannot be loaded: {reason}", _HINT) from error


def _made(function: Callable[..., Any]) -> Any:
    """Return what a function without arguments makes, or one that takes a text as a tokenizer."""
    if hasattr(function, "batch_decode"):
        return function  # a tokenizer itself
    if _needed(function):
        return FunctionTokenizer(cast("Callable[[str], Sequence[int]]", function))
    made = function()
    if isinstance(made, str):
        return _named(made)
    if not callable(made):
        raise UnusableInput(f"The function of the tokenizer returned {type(made).__name__}.", _HINT)
    return made


def _needed(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """Return the arguments that a function cannot be called without."""
    return [
        parameter
        for parameter in inspect.signature(function).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]

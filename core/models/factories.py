"""Functions that build models of your own: a plug-in registers them, `weights-file` fills in the weights."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from torch import nn

from core.errors import InvalidInput, Problem, UnknownName, UnusableInput
from core.models.own_tokenizers import Tokenizer, writes_back
from core.registry import DuplicateName

F = TypeVar("F", bound=Callable[..., nn.Module])


@dataclass(frozen=True)
class Factory:
    """A function that builds a model, and how that reads text.

    tokenizer: see `core.models.own_tokenizers`; None: it reads none. context: most tokens that fit, 0: as
    the tokenizer says. writes: whether it goes on writing a text instead of classifying it.
    """

    function: Callable[..., nn.Module]
    tokenizer: Tokenizer | None = None
    context: int = 0
    writes: bool = False


_factories: dict[str, Factory] = {}


def model_factory(
    name: str, *, tokenizer: Tokenizer | None = None, context: int = 0, writes: bool = False
) -> Callable[[F], F]:
    """Return a decorator that offers a function under `name`; its keyword arguments are its options.

    tokenizer: of a model of texts: a folder or a name for transformers, a function that makes such a
        tokenizer, or, to classify, one that returns the token ids of a text. The model is called with
        `input_ids` and, if its forward() takes it, `attention_mask`. context: most tokens that fit.
    writes: whether the model goes on writing a text: its logits are `(texts, tokens, vocabulary)`, those at
        a token of the token that follows.

    Raises:
        DuplicateName: another function has the name already.
        UnusableInput: it writes, and its tokenizer cannot turn tokens into text.
    """
    if writes and not writes_back(tokenizer):
        raise UnusableInput(
            f"The model factory {name!r} writes, but brings no tokenizer that turns tokens into text.",
            "Give a folder, a name on the hub, or a function without arguments that makes a tokenizer.",
        )

    def decorate(function: F) -> F:
        taken = _factories.get(name)
        if taken is not None and _origin(taken.function) != _origin(function):
            raise DuplicateName(
                f"Two model factories are named {name!r}: {_origin(taken.function)} and {_origin(function)}"
            )
        _factories[name] = Factory(function, tokenizer, context, writes)
        return function

    return decorate


def factory_names() -> list[str]:
    """Return the names of all model factories, sorted."""
    return sorted(_factories)


def reading_factories() -> list[str]:
    """Return the names of those factories that bring a tokenizer, sorted."""
    return sorted(name for name, factory in _factories.items() if factory.tokenizer is not None)


def writing_factories() -> list[str]:
    """Return the names of those factories whose models write text, sorted."""
    return sorted(name for name, factory in _factories.items() if factory.writes)


def factory_named(name: str) -> Factory:
    """Return a factory; `UnknownName` with near matches if there is none."""
    if name not in _factories:
        raise UnknownName("model factory", name, _factories)
    return _factories[name]


@contextmanager
def factories_undone_on_failure() -> Iterator[None]:
    """Within this context no factory stays registered if an error leaves it."""
    before = dict(_factories)
    try:
        yield
    except BaseException:
        _factories.clear()
        _factories.update(before)
        raise


def build_with(name: str, options: Mapping[str, Any]) -> nn.Module:
    """Return the module that a factory builds.

    Raises:
        UnknownName: there is no such factory.
        InvalidInput: the options do not suit it.
        UnusableInput: it fails, or returns something else than a module.
    """
    function = factory_named(name).function
    signature = inspect.signature(function).replace(return_annotation=inspect.Signature.empty)
    try:
        signature.bind(**options)
    except TypeError as error:
        hint = f"Its options are {signature}."
        raise InvalidInput([Problem("model.parameters.options", f"{name}: {error}.", hint)]) from None
    try:
        module = function(**options)
    except (Exception, SystemExit) as error:
        raise UnusableInput(
            f"The model factory {name!r} failed: {type(error).__name__}: {error}",
            f"Correct its options, which are {signature}, or the plug-in {_origin(function)}.",
        ) from error
    if not isinstance(module, nn.Module):
        raise UnusableInput(
            f"The model factory {name!r} returned {type(module).__name__}, not a torch.nn.Module.",
            f"Correct the plug-in {_origin(function)}.",
        )
    return module


def _origin(function: Callable[..., nn.Module]) -> str:
    return f"{inspect.getsourcefile(function)}:{inspect.getsourcelines(function)[1]}"

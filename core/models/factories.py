"""Functions that build models of your own: a plug-in registers them, `weights-file` fills in the weights."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from torch import nn

from core.errors import InvalidInput, Problem, UnknownName, UnusableInput
from core.models.own_tokenizers import Tokenizer
from core.registry import DuplicateName

F = TypeVar("F", bound=Callable[..., nn.Module])


@dataclass(frozen=True)
class Factory:
    """A function that builds a model, and how that reads text.

    tokenizer: see `core.models.own_tokenizers`; None: it reads none. context: most tokens that fit, 0: as
    the tokenizer says.
    """

    function: Callable[..., nn.Module]
    tokenizer: Tokenizer | None = None
    context: int = 0


_factories: dict[str, Factory] = {}


def model_factory(name: str, *, tokenizer: Tokenizer | None = None, context: int = 0) -> Callable[[F], F]:
    """Return a decorator that offers a function under `name`; its keyword arguments are its options.

    tokenizer: of a model that classifies texts: a folder or a name for transformers, a function that makes
        such a tokenizer, or one that returns the token ids of a text. The model is called with `input_ids`
        and, if its forward() takes it, `attention_mask`. context: most tokens that fit.

    Raises:
        DuplicateName: another function has the name already.
    """

    def decorate(function: F) -> F:
        taken = _factories.get(name)
        if taken is not None and _origin(taken.function) != _origin(function):
            raise DuplicateName(
                f"Two model factories are named {name!r}: {_origin(taken.function)} and {_origin(function)}"
            )
        _factories[name] = Factory(function, tokenizer, context)
        return function

    return decorate


def factory_names() -> list[str]:
    """Return the names of all model factories, sorted."""
    return sorted(_factories)


def reading_factories() -> list[str]:
    """Return the names of those factories that bring a tokenizer, sorted."""
    return sorted(name for name, factory in _factories.items() if factory.tokenizer is not None)


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

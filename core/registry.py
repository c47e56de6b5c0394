"""A generic registry of plug-ins: one decorator, no central list, near matches for unknown names."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from core.errors import UnknownName

T = TypeVar("T")


class DuplicateName(TypeError):
    """Two classes claim one name; the message says where each is defined."""


class Registry(Generic[T]):
    """Named singletons of one kind, e.g. techniques or data sources.

    A class registers itself with the decorator; the registry keeps one instance of it.
    """

    def __init__(self, kind: str, base: type[T]) -> None:
        self.kind = kind
        self._base = base
        self._entries: dict[str, T] = {}

    def register(self, name: str) -> Callable[[type[T]], type[T]]:
        """Return a class decorator that registers the class under `name`.

        Raises:
            TypeError: the class does not derive from this registry's base class.
            DuplicateName: the name is taken by a class in another place.
        """

        def decorate(cls: type[T]) -> type[T]:
            if not issubclass(cls, self._base):
                raise TypeError(
                    f"{self.kind} {name!r} must derive from {self._base.__name__}: {_origin(cls)}"
                )
            taken = self._entries.get(name)
            if taken is not None and _origin(type(taken)) != _origin(cls):
                raise DuplicateName(
                    f"Two {self.kind} classes are named {name!r}: {_origin(type(taken))} and {_origin(cls)}"
                )
            cls.name = name  # type: ignore[attr-defined]
            self._entries[name] = cls()
            return cls

        return decorate

    def get(self, name: str) -> T:
        """Return the entry, or raise `UnknownName` with near matches."""
        try:
            return self._entries[name]
        except KeyError:
            raise UnknownName(self.kind, name, self._entries) from None

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[tuple[str, T]]:
        return iter(sorted(self._entries.items()))

    @contextmanager
    def undone_on_failure(self) -> Iterator[None]:
        """Within this context nothing stays registered if an error leaves it."""
        before = dict(self._entries)
        try:
            yield
        except BaseException:
            self._entries = before
            raise

    def names(self) -> list[str]:
        """Return all registered names, sorted."""
        return sorted(self._entries)


def discover(package: str) -> None:
    """Import every module of `package`, so that their registrations happen; errors propagate."""
    root = importlib.import_module(package)
    for module in pkgutil.walk_packages(root.__path__, prefix=f"{package}."):
        importlib.import_module(module.name)


def _origin(cls: type) -> str:
    return f"{inspect.getsourcefile(cls)}:{inspect.getsourcelines(cls)[1]}"

"""Keeping what people have entered while the forms around it are drawn again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dash.development.base_component import Component

Id = str | Mapping[str, Any]


def carried(drawn: list[Component], shown: Any, keeps: Callable[[Id], bool]) -> list[Component]:
    """Give inputs that are drawn again the values that those of the same ids hold.

    shown: the `children` that the browser has, as a callback gets them. keeps: which ids are meant. A choice
    that is not offered any more is not kept.
    """
    held = dict(_held(shown, keeps))
    for component in _inputs(drawn):
        key = _key(component.id)
        if key in held and _offered(component, held[key]):
            setattr(component, "value", held[key])  # noqa: B010  libraries' properties have no types
    return drawn


def _held(shown: Any, keeps: Callable[[Id], bool]) -> Iterator[tuple[str, Any]]:
    for each in shown if isinstance(shown, list) else [shown]:
        props = each.get("props", {}) if isinstance(each, dict) else {}
        if "id" in props and "value" in props and keeps(props["id"]):
            yield _key(props["id"]), props["value"]
        yield from _held(props["children"], keeps) if "children" in props else ()


def _inputs(drawn: Any) -> Iterator[Any]:
    for each in drawn if isinstance(drawn, list | tuple) else [drawn]:
        if not isinstance(each, Component):
            continue
        if hasattr(each, "id") and hasattr(each, "value"):
            yield each
        yield from _inputs(getattr(each, "children", None))


def _offered(component: Any, value: Any) -> bool:
    options = getattr(component, "data", None)
    return options is None or value in {each["value"] if isinstance(each, dict) else each for each in options}


def _key(identity: Id) -> str:
    return identity if isinstance(identity, str) else repr(sorted((k, str(v)) for k, v in identity.items()))

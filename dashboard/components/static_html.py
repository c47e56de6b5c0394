"""Parts of a page without callbacks, as HTML in one Dash component.

Dash looks at every component of a page whenever anything changes: with thousands of them, as in a table of
groups, a page does not answer for seconds. `condensed` keeps what callbacks and libraries need and turns the
rest into text.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from dash import dcc
from dash.development.base_component import Component

LEAST = 8
"""Components that a part has at least to become text."""
_HTML = "dash_html_components"
_VOID = frozenset({"area", "br", "col", "hr", "img", "input", "link", "source", "track", "wbr"})
_NAMES = {"className": "class", "htmlFor": "for"}
_OF_DASH = frozenset(
    {"children", "key", "n_clicks", "n_clicks_timestamp", "disable_n_clicks", "loading_state"}
)
_ROUTE = "data-route"
"""Attribute of links within the dashboard, which `assets/static_html.js` follows without loading a page."""


class StaticHtml(Component):
    """An element with HTML in it, drawn by `assets/static_html.js`."""

    _namespace = "cnc"
    _type = "StaticHtml"
    _prop_names = ["tag", "attributes", "html"]  # noqa: RUF012  as Dash declares it
    _valid_wildcard_attributes: list[str] = []  # noqa: RUF012
    available_properties = _prop_names
    available_wildcard_properties: list[str] = []  # noqa: RUF012

    def __init__(self, tag: str, attributes: Mapping[str, Any], html: str) -> None:
        self.tag, self.attributes, self.html = tag, dict(attributes), html


def condensed(parts: list[Component]) -> list[Component]:
    """Return the parts of a page with as few components as possible; they are changed in place."""
    return [_condensed(part) for part in parts]


def _condensed(part: Any) -> Any:
    if not isinstance(part, Component):
        return part
    if _is_static(part):
        return _frozen(part) if _size(part) >= LEAST else part
    children = getattr(part, "children", None)
    if isinstance(children, list | tuple):
        setattr(part, "children", [_condensed(child) for child in children])  # noqa: B010  properties have no types
    elif isinstance(children, Component):
        setattr(part, "children", _condensed(children))  # noqa: B010
    return part


def _is_static(part: Any) -> bool:
    if not isinstance(part, Component):
        return True
    if not _is_element(part) or hasattr(part, "id"):
        return False
    return all(map(_is_static, _children(part)))


def _is_element(part: Component) -> bool:
    return part._namespace == _HTML or isinstance(part, dcc.Link)


def _children(part: Component) -> list[Any]:
    children = getattr(part, "children", None)
    return list(children) if isinstance(children, list | tuple) else [children]


def _size(part: Any) -> int:
    return 1 + sum(map(_size, _children(part))) if isinstance(part, Component) else 0


def _frozen(part: Component) -> StaticHtml:
    return StaticHtml(_tag(part), _attributes(part), "".join(map(written, _children(part))))


def written(part: Any) -> str:
    """Return a component without callbacks, a text or a number as HTML."""
    if part is None:
        return ""
    if not isinstance(part, Component):
        return escape(str(part), quote=False)
    tag = _tag(part)
    start = f"<{tag}{''.join(_attribute(name, value) for name, value in _attributes(part).items())}>"
    return start if tag in _VOID else f"{start}{''.join(map(written, _children(part)))}</{tag}>"


def _tag(part: Component) -> str:
    return "a" if isinstance(part, dcc.Link) else str(part._type).lower()


def _attributes(part: Component) -> dict[str, Any]:
    """Return the attributes by their names in React."""
    given = {
        name: value
        for name, value in vars(part).items()
        if value is not None and name not in _OF_DASH and not name.startswith(("_", "available_"))
    }
    return {**given, _ROUTE: "true"} if isinstance(part, dcc.Link) else given


def _attribute(name: str, value: Any) -> str:
    name = _NAMES.get(name, name)
    if name == "style":
        value = ";".join(f"{_css(key)}:{each}" for key, each in value.items())
    elif isinstance(value, bool) and not name.startswith(("aria-", "data-")):
        return f" {name.lower()}" if value else ""
    elif isinstance(value, bool):
        value = str(value).lower()
    return f' {name.lower()}="{escape(str(value))}"'


def _css(name: str) -> str:
    return "".join(f"-{sign.lower()}" if sign.isupper() else sign for sign in name)

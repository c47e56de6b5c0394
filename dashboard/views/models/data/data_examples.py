"""A few instances of a split as they are: pictures with their labels, or texts with labels or answers."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from core.domain.data.data_preview import DataExample, DataPreview

_PICTURE = "data:image/"
_FEW_PIXELS = 64
"""Up to this edge every pixel is drawn as a square."""


def examples(preview: DataPreview) -> list[Component]:
    """Return the examples under a heading; nothing where there are none."""
    shown = preview.examples
    if not shown:
        return []
    heading = html.H3("Examples", className="models-subheading")
    if any(example.pixels for example in shown):
        return [heading, _pictures(shown)]
    return [heading, _texts(shown)]


def _pictures(shown: Sequence[DataExample]) -> Component:
    return html.Ul([html.Li(_figure(example)) for example in shown], className="data-pictures")


def _figure(example: DataExample) -> Component:
    label = example.label or "no label"
    size = f", {example.pixels[0]} x {example.pixels[1]} pixels" if example.pixels else ""
    return html.Figure([_image(example, label), html.Figcaption(label)], title=f"{label}: {example.id}{size}")


def _image(example: DataExample, label: str) -> Component:
    if not example.picture.startswith(_PICTURE):
        return html.Span("no picture", className="data-no-picture")
    few = example.pixels is not None and max(example.pixels) <= _FEW_PIXELS
    return html.Img(src=example.picture, alt=label, className="few-pixels" if few else "")


def _texts(shown: Sequence[DataExample]) -> Component:
    asked = any(example.answers for example in shown)
    written = any(example.text for example in shown)
    heads = ("Text" if written else "Instance", "Right answer" if asked else "Label")
    return html.Table(
        [
            html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])),
            html.Tbody([html.Tr(_cells(example)) for example in shown]),
        ],
        className="data-texts",
    )


def _cells(example: DataExample) -> list[Component]:
    text = example.text or example.id
    right = " / ".join(example.answers) if example.answers else example.label or "no label"
    return [
        html.Td(html.Div(text, title=f"{example.id}: {text}")),
        html.Td(html.Div(right, title=right)),
    ]

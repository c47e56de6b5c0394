"""The row of an enlarged text that shows how probable each token of the answer is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from dash import html
from dash.development.base_component import Component

from core.comparison.behaviour.token_probabilities import LOWEST, TokenLine
from core.presentation.numbers import percent
from dashboard.components.markup import labelled

NONE = "\N{EM DASH}"


def token_row(
    lines: Sequence[TokenLine | None], names: Sequence[str], *, judged: bool = True
) -> list[Component]:
    """Return the row, a cell per model; nothing where no model's tokens are kept.

    judged: whether the tokens are those of the right answer; else each model has its own answer.
    """
    if not any(lines):
        return []
    if not judged:
        lines = [replace(line, change=None) if line else None for line in lines]
    cells = [html.Td(_line(line, name) if line else NONE) for line, name in zip(lines, names, strict=True)]
    answer = "the right answer" if judged else "the model's own answer"
    about = f"Log-probability of each token of {answer}, given the tokens before it"
    label = "Right answer, per token" if judged else "Own answer, per token"
    return [html.Tr([html.Th(label, scope="row", title=about), *cells])]


def _line(line: TokenLine, name: str) -> list[Component]:
    marks = [
        html.Span(
            html.Span(style={"height": f"{_height(value):.1f}%"}, className="lowest" if lowest else ""),
            title=f"token {place + 1}: {_probability(value)}",
        )
        for place, value in enumerate(line.values)
        for lowest in [place == line.lowest]
    ]
    told = f"{name}: perplexity {_number(line.perplexity)}, least probable token {line.lowest + 1}"
    plot = labelled(html.Div(marks, className="token-line", role="img"), told)
    change = "" if line.change is None else f", {_number(line.change)} times the baseline's"
    return [plot, html.Span(f"perplexity {_number(line.perplexity)}{change}", className="compare-dim")]


def _height(value: float) -> float:
    """Return the height of a mark; a certain token fills it, an impossible one leaves a trace."""
    return 100 * max(0.04, 1 - max(value, LOWEST) / LOWEST)


def _probability(value: float) -> str:
    return f"log-probability {value:.2f} nats, {percent(math.exp(value))}"


def _number(value: float) -> str:
    return f"{value:,.3g}" if value < 1e6 else f"{value:.2e}"

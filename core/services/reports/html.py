"""A study report as one HTML file: no script, nothing loaded from elsewhere, readable in print."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape

from core.comparison.metrics.cells import MetricRow
from core.domain.measurement.variants import recoverable
from core.domain.metric import DIRECTIONS
from core.services.reports.cells import (
    HEADS,
    circumstances,
    harm_words,
    named,
    row_cells,
    tested,
    told,
    unmeasured,
)
from core.services.reports.drawings import dot, trade_off
from core.services.reports.report import Example, Harmed, StudyReport

_STYLE = """
body{max-width:960px;margin:32px auto;padding:0 20px;color:#1d2433;background:#fff}
body{font:14px/1.45 'Inter','Segoe UI',Arial,sans-serif}
h1{font-size:24px;margin:0}h2{font-size:17px;margin:28px 0 8px}h3{font-size:14px;margin:16px 0 4px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:4px 8px;border-bottom:1px solid #dfe4ed;text-align:left;vertical-align:middle}
th{font-weight:600}
.dim{color:#5b6678}.insight{padding:10px 14px;background:#fff4e0;border-left:3px solid #f08c00;font-size:15px}
.worse{color:#b3172d;font-weight:600}.better{color:#1a6b43;font-weight:600}
svg{display:block;max-width:100%;height:auto}svg text{font-size:11px;fill:#5b6678}
.frame{fill:none;stroke:#8b95a7}.front{fill:none;stroke:#4263eb;stroke-width:1.5}
circle{fill:#fff;stroke:#5b6678;stroke-width:2}circle.other{fill:#a9c1e2;stroke:none}
circle.chosen{fill:#26397f;stroke:#f08c00}circle.worse{fill:#b3172d;stroke:#b3172d}
circle.better{fill:#1a6b43;stroke:#1a6b43}line.base{stroke:#8b95a7;stroke-dasharray:2 2}
line.interval{stroke:#a9b2c2;stroke-width:4;stroke-linecap:round}
.examples{display:flex;flex-wrap:wrap;gap:10px;margin:8px 0}.examples figure{margin:0;font-size:12px}
.examples img{display:block;width:72px;height:72px;object-fit:contain}
.examples img{image-rendering:pixelated;border:1px solid #dfe4ed}
td.figure{white-space:nowrap}h2,h3{break-after:avoid}tr,figure,svg{break-inside:avoid}
@media print{body{max-width:none;margin:0;font-size:11px;print-color-adjust:exact}}
@page{margin:14mm}
"""


def as_html(report: StudyReport) -> str:
    """Return the whole document."""
    title = escape(f"{report.project.name}: study report")
    made = f"{report.made_at:%Y-%m-%d %H:%M} UTC \N{MIDDLE DOT} {escape(report.project.task)}"
    body = "".join(
        [
            f"<h1>{title}</h1>",
            f'<p class="dim">{made}</p>',
            f"<p>{escape(report.project.description)}</p>" if report.project.description else "",
            f'<p class="insight">{escape(report.sentence)}</p>' if report.sentence else "",
            _section("Models and recipes", _models(report)),
            _section("Trade-off", _trade_off(report)),
            _section("What changed", _changes(report)),
            _section("Harmed groups", _harmed(report)),
            _section("What was not measured", _listed(unmeasured(report), "Everything that was asked for.")),
            _section("Seeds, devices and versions", _circumstances(report)),
        ]
    )
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    return f'<!DOCTYPE html><html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def _section(title: str, content: str) -> str:
    return f"<section><h2>{title}</h2>{content}</section>"


def _models(report: StudyReport) -> str:
    arrow, middle = " \N{RIGHTWARDS ARROW} ", " \N{MIDDLE DOT} "
    base = report.metrics.baseline
    rows = [
        [named(model) + (f"{middle}baseline" if model is base else ""), arrow.join(report.recipes[model.id])]
        for model in report.models
    ]
    return _table(("Model", "Made by"), rows)


def _trade_off(report: StudyReport) -> str:
    if report.axes is None or not report.points:
        return "<p>The project has no quality metric and cost to draw.</p>"
    chosen = {model.id for model in report.models}
    about = "Line: Pareto front of all models but archived ones. Numbered: the models of this report, by id."
    drawing = trade_off(report.points, report.axes, front=report.front, named=chosen)
    return f'{drawing}<p class="dim">{about}</p>'


def _changes(report: StudyReport) -> str:
    parts = [_metric(row, report) for row in report.metrics.rows]
    return f'{"".join(parts)}<p class="dim">{escape(tested(report))}</p>'


def _metric(row: MetricRow, report: StudyReport) -> str:
    names = {model.id: named(model) for model in report.models}
    lines = []
    for cell in row_cells(row):
        value, change, interval, verdict, kept = map(escape, told(cell, row.metric))
        own = f'<span class="{cell.verdict.value}">{change}</span>'
        wide = f"<td>{verdict}</td>" if cell.missing or cell.apart else _figure(verdict)
        shown = [
            *map(_figure, (value, own, interval)),
            wide,
            *([_figure(kept)] if recoverable(row.metric) else []),
        ]
        lines.append(
            f"<tr><td>{escape(names[cell.model_id])}</td><td>{dot(cell, row)}</td>{''.join(shown)}</tr>"
        )
    heads = HEADS if recoverable(row.metric) else HEADS[:-1]
    head = "".join(f"<th>{text}</th>" for text in (heads[0], "", *heads[1:]))
    title = f"{escape(row.metric.label)} <span class=dim>({DIRECTIONS[row.metric.direction]})</span>"
    return f"<h3>{title}</h3><table><tr>{head}</tr>{''.join(lines)}</table>"


def _figure(text: str) -> str:
    return f'<td class="figure">{text}</td>'


def _harmed(report: StudyReport) -> str:
    if not report.harmed:
        return "<p>No group loses significantly.</p>"
    return "".join(_harm(one) for one in report.harmed)


def _harm(one: Harmed) -> str:
    shown = "".join(_example(each) for each in one.examples)
    return f'<p>{escape(harm_words(one))}</p><div class="examples">{shown}</div>'


def _example(one: Example) -> str:
    moved = escape(f"{one.before} \N{RIGHTWARDS ARROW} {one.after}")
    if one.picture is None:
        return f"<figure>{escape(one.text[:160])}<figcaption>{moved}</figcaption></figure>"
    data = base64.b64encode(one.picture).decode("ascii")
    alt = escape(f"{one.label}, now {one.after}")
    image = f'<img alt="{alt}" src="data:image/webp;base64,{data}">'
    return f"<figure>{image}<figcaption>{moved}</figcaption></figure>"


def _circumstances(report: StudyReport) -> str:
    return _table(("Model", "Seed, device and versions"), [list(each) for each in circumstances(report)])


def _listed(lines: Iterable[str], nothing: str) -> str:
    found = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<ul>{found}</ul>" if found else f"<p>{nothing}</p>"


def _table(heads: Iterable[str], rows: Iterable[list[str]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"

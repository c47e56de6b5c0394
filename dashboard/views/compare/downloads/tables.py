"""What the page shows as CSV or Parquet: a line per figure, plain numbers, no name is ever a formula."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence

from core.comparison.behaviour.tables import GroupTable
from core.comparison.metrics.cells import MetricCell, MetricRow
from core.domain.ids import ModelId
from core.services.behaviour.behaviour import Behaviour
from core.services.comparison.metrics import MetricComparison
from dashboard.components.csv_cells import heading, text_cell
from dashboard.views.compare.state import Names

_OVERALL = "all instances"
_GROUP_HEADS = (
    "column", "group", "instances", "baseline right", "model id", "model", "right", "change", "low", "high",
    "p", "significant", "relative change of the error rate", "error rate low", "error rate high",
)  # fmt: skip
_METRIC_HEADS = (
    "metric", "model id", "model", "value", "change", "low", "high", "p", "verdict", "recovery",
    "recovery low", "recovery high", "condition", "remark",
)  # fmt: skip
Cells = Sequence[object]


def groups_file(found: Behaviour, groups: GroupTable, names: Names) -> str:
    """Return the figures over all instances and of every group; shares and changes are fractions."""
    return written(_GROUP_HEADS, _group_lines(found, groups, names))


def metrics_file(found: MetricComparison, names: Names) -> str:
    """Return every metric of every model in its unit, percentages as fractions."""
    return written(_METRIC_HEADS, _metric_lines(found, names))


def _group_lines(found: Behaviour, groups: GroupTable, names: Names) -> Iterator[Cells]:
    total, share = found.comparison.instances, found.comparison.baseline_share
    for model, one in zip(found.models, found.comparison.models, strict=True):
        change = one.change
        yield [
            *("", _OVERALL, total, share), *_named(model.id, names), one.share, change.value, change.low,
            change.high, change.p_value, change.significant, None, None, None,
        ]  # fmt: skip
    for row in groups.rows:
        for model, cell in zip(found.models, row.cells, strict=True):
            change, errors = cell.change, cell.errors
            yield [
                *(text_cell(groups.column), text_cell(row.group), row.instances, row.baseline),
                *_named(model.id, names), cell.share, change.value, change.low, change.high, change.p_value,
                change.significant, errors.value, errors.low, errors.high,
            ]  # fmt: skip


def _metric_lines(found: MetricComparison, names: Names) -> Iterator[Cells]:
    for row in found.rows:
        for cell in (row.baseline, *row.cells):
            yield _metric_line(row, cell, names)


def _metric_line(row: MetricRow, cell: MetricCell, names: Names) -> Cells:
    change, kept = cell.change, cell.recovery
    tested = [change.value, change.low, change.high, change.p_value] if change else [None] * 4
    recovered = [kept.value, kept.low, kept.high] if kept else [None] * 3
    remark = cell.missing.reason if cell.missing is not None else cell.apart
    return [
        heading(row.metric.label, row.metric), *_named(cell.model_id, names), cell.value, *tested,
        cell.verdict.value, *recovered, text_cell(cell.condition), text_cell(remark),
    ]  # fmt: skip


def _named(model_id: ModelId, names: Names) -> tuple[int, str]:
    return int(model_id), text_cell(names[model_id])


def parquet(text: str) -> bytes:
    """Return a table of this module as Parquet: numbers as numbers, what is not known as null."""
    import pyarrow as pa
    import pyarrow.csv as arrow_csv
    import pyarrow.parquet as arrow_parquet

    table = arrow_csv.read_csv(
        pa.BufferReader(text.encode()), convert_options=arrow_csv.ConvertOptions(strings_can_be_null=False)
    )
    written = pa.BufferOutputStream()
    arrow_parquet.write_table(table, written)
    content: bytes = written.getvalue().to_pybytes()
    return content


def written(heads: Sequence[str], lines: Iterable[Cells]) -> str:
    """Return lines as CSV, with an empty cell for what is not known."""
    content = io.StringIO()
    writer = csv.writer(content)
    writer.writerow(heads)
    writer.writerows([_cell(each) for each in line] for line in lines)
    return content.getvalue()


def _cell(value: object) -> object:
    """Return an empty cell for what is not known."""
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else value

"""Tables of several projects as one, in every format."""

from __future__ import annotations

import csv
import io
import json

from pyarrow import BufferReader, parquet

from core.services.rows.table import TableFormat, joined_tables, written_table

TABLE = joined_tables([{"id": [1, 2], "top1": [0.5, float("nan")]}, {"id": [3], "loss": ["=1"]}, {}])


def test_tables_are_joined_by_the_names_of_their_columns() -> None:
    assert list(TABLE) == ["id", "top1", "loss"]
    assert (TABLE["id"], TABLE["loss"], TABLE["top1"][2]) == ([1, 2, 3], [None, None, "=1"], None)


def test_every_format_holds_the_same_rows() -> None:
    rows = list(csv.DictReader(io.StringIO(written_table(TABLE, TableFormat.CSV).decode())))
    assert [row["id"] for row in rows] == ["1", "2", "3"]
    assert rows[2]["loss"] == "'=1"  # no spreadsheet computes it
    listed = json.loads(written_table(TABLE, TableFormat.JSON))
    assert listed[1] == {"id": 2, "top1": "NaN", "loss": None}
    read = parquet.read_table(BufferReader(written_table(TABLE, TableFormat.PARQUET)))
    assert read.column("top1").to_pylist()[0::2] == [0.5, None]

"""Rows of a Parquet file that somebody sent: few bytes can stand for billions of values, so it is bounded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.errors import InvalidInput, UnusableInput

MOST_CELLS = 50_000_000
MOST_BYTES = 1 << 30
"""Of the texts in all cells: equal ones are stored once, but each becomes a text of its own."""


def rows(name: str, content: bytes) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the rows with the place of each.

    Raises:
        InvalidInput: it is no Parquet file, has lists or fields in cells, or stands for too much.
        UnusableInput: Parquet cannot be read here.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        hint = "Install pyarrow, or write the predictions as CSV."
        raise UnusableInput("Parquet cannot be read here: pyarrow is not installed.", hint) from error
    try:
        about = parquet.ParquetFile(pa.BufferReader(content))
        if nested := [field.name for field in about.schema_arrow if pa.types.is_nested(field.type)]:
            message = f"The column {nested[0]!r} of {name} has lists or fields in its cells."
            raise InvalidInput.of("file", message, "Write one number or text per cell.")
        columns = [about.schema.column(place) for place in range(len(about.schema))]
        _require_few(name, about.metadata.num_rows * len(columns), _stored_bytes(about.metadata))
        texts = [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]
        table = parquet.read_table(pa.BufferReader(content), read_dictionary=texts)
        _require_few(name, table.num_rows * len(columns), sum(map(_text_bytes, table.columns)))
        return [(f"row {number}", row) for number, row in enumerate(table.to_pylist(), start=1)]
    except (pa.ArrowException, OSError) as error:
        raise InvalidInput.of("file", f"{name} is no Parquet file: {error}.") from error


def _stored_bytes(about: Any) -> int:
    """Return the bytes of the file after decompression."""
    return sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups))


def _text_bytes(column: Any) -> int:
    """Return the bytes of the texts of all cells; 0 for other columns."""
    import pyarrow as pa
    from pyarrow import compute

    if not pa.types.is_dictionary(column.type):
        return 0
    lengths = (compute.binary_length(part.dictionary).take(part.indices) for part in column.chunks)
    return sum(compute.sum(one.cast(pa.int64())).as_py() or 0 for one in lengths)


def _require_few(name: str, cells: int, size_bytes: int) -> None:
    if cells > MOST_CELLS or size_bytes > MOST_BYTES:
        message = f"{name} stands for {cells:,} values of {size_bytes:,} bytes."
        hint = (
            f"At most {MOST_CELLS:,} values of {MOST_BYTES:,} bytes can be read; write one row per instance."
        )
        raise InvalidInput.of("file", message, hint)

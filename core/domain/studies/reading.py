"""Read a study from a file: `models.json` of the original tool, or a table with one row per model."""

from __future__ import annotations

import json
from typing import Any

from core.domain.studies.csv_table import document_of_table
from core.domain.studies.document import study_of
from core.domain.studies.study import Study
from core.errors import InvalidInput

LARGEST_BYTES = 200_000_000

_PACKED = {
    b"\x1f\x8b": ("compressed with gzip", "Decompress it with gunzip and try again."),
    b"PK\x03\x04": ("a ZIP archive or a spreadsheet", "Unpack it, or save the sheet as CSV, and try again."),
    b"\x28\xb5\x2f\xfd": ("compressed with zstd", "Decompress it with unzstd and try again."),
}
"""What files begin with that are no text: what such a file is, and what to do with it."""


def read_study(content: bytes, file_name: str = "models.json") -> Study:
    """Return the study in a file; the file's extension decides whether it is CSV.

    Raises:
        InvalidInput: the file is empty, too large, not UTF-8, neither JSON nor CSV, or its models contradict
            each other; nothing of it is used then.
    """
    if len(content) > LARGEST_BYTES:
        message = f"{file_name} has {len(content):,} bytes; at most {LARGEST_BYTES:,} can be read."
        raise InvalidInput.of("", message, "Leave out what is not needed, or split it into several studies.")
    text = _text(content, file_name)
    if not text.strip():
        raise InvalidInput.of("", f"{file_name} is empty.", "Choose a models.json or a CSV file with models.")
    try:
        if file_name.lower().endswith((".csv", ".tsv")):
            return study_of(*document_of_table(text, _separator(text)))
        return study_of(_json(text, file_name))
    except RecursionError as error:
        message = f"{file_name} is nested too deeply to be a study."
        raise InvalidInput.of("", message, "Leave out the parameters that hold such lists.") from error


def _separator(text: str) -> str:
    """Return what separates the names of the columns: spreadsheets of many countries write semicolons."""
    header = text.lstrip().partition("\n")[0]
    return max(",;\t", key=header.count)


def _text(content: bytes, file_name: str) -> str:
    for start, (words, remedy) in _PACKED.items():
        if content.startswith(start):
            raise InvalidInput.of("", f"{file_name} is {words}, not text.", remedy)
    if (encoding := _wide_encoding(content)) is not None:
        raise InvalidInput.of("", f"{file_name} is {encoding} text.", "Save it as UTF-8 and try again.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = (
            f"{file_name} is not UTF-8 text: byte {content[error.start]:#04x} at position {error.start:,}."
        )
        raise InvalidInput.of("", message, "Save it as UTF-8 and try again.") from error


def _wide_encoding(content: bytes) -> str | None:
    """Return UTF-16 or UTF-32 if the text is that, which the zero bytes of its first letters tell."""
    encoding = json.detect_encoding(content)
    if encoding.startswith("utf-8"):
        return None
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return None
    return encoding[:6].upper()


def _json(text: str, file_name: str) -> Any:
    hint = "Choose the models.json that the original tool reads; a table has to end in .csv."
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if (comma := _trailing_comma(text, error.pos)) is not None:
            line, column = text.count("\n", 0, comma) + 1, comma - text.rfind("\n", 0, comma)
            message = (
                f"{file_name} is not JSON: a comma follows the last entry in line {line}, column {column}."
            )
            raise InvalidInput.of("", message, "Remove that comma and try again.") from error
        message = f"{file_name} is not JSON: {error.msg} in line {error.lineno}, column {error.colno}."
        raise InvalidInput.of("", message, hint) from error
    except ValueError as error:
        raise InvalidInput.of("", f"{file_name} holds a number that is too long: {error}.", hint) from error


def _trailing_comma(text: str, position: int) -> int | None:
    """Return where a comma stands before a closing bracket next to an error; None if none does."""
    after = text[position:].lstrip()
    before = text[:position].rstrip()
    if after.startswith(("]", "}")) and before.endswith(","):
        return len(before) - 1
    if after.startswith(",") and after[1:].lstrip().startswith(("]", "}")):
        return text.index(",", position)
    return None

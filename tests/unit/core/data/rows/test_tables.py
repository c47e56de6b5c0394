"""Tables of every format give the same columns, and what is wrong with a file is said with its place."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from core.data.rows.class_labels import class_names, labels_of
from core.data.rows.tables import read_table
from core.errors import UnusableInput

ROWS = [{"text": 'say "hi", you', "label": "pos"}, {"text": "naïve", "label": "neg"}]


def written(folder: Path, kind: str) -> Path:
    path = folder / f"data.{kind}"
    if kind == "csv":
        path.write_text('text,label\n"say ""hi"", you",pos\nnaïve,neg\n', encoding="utf-8")
    elif kind == "tsv":
        path.write_text('\ufefftext\tlabel\nsay "hi", you\tpos\nnaïve\tneg\n', encoding="utf-8")
    elif kind == "jsonl":
        path.write_text("\n".join(json.dumps(row) for row in ROWS) + "\n\n")
    else:
        parquet.write_table(pa.Table.from_pylist(ROWS), path)
    return path


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet"])
def test_every_format_gives_the_same_columns(tmp_path: Path, kind: str) -> None:
    table = read_table(written(tmp_path, kind))
    assert {name: list(values) for name, values in table.columns.items()} == {
        "text": ['say "hi", you', "naïve"],
        "label": ["pos", "neg"],
    }
    assert len(table.numbers) == 2
    assert table.problems == ()


def test_without_header_columns_are_numbered(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("good\t1\nbad\t0\n")
    table = read_table(tmp_path / "a.tsv", header=False)
    assert list(table.column("column1")) == ["good", "bad"]
    assert list(table.numbers) == [1, 2]


def test_rows_that_cannot_be_read_are_listed_and_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\na,1\nb\n\nc,2\n")
    table = read_table(tmp_path / "a.csv")
    assert list(table.column("text")) == ["a", "c"]
    assert list(table.numbers) == [2, 5]
    assert table.problems == ("Line 3 of a.csv has 1 fields instead of 2",)
    (tmp_path / "b.jsonl").write_text('{"text": "a"}\n{"text": \n[1]\n{"other": 1}\n')
    table = read_table(tmp_path / "b.jsonl")
    assert list(table.column("text")) == ["a", None]
    assert [problem[:20] for problem in table.problems] == ["Line 2 of b.jsonl is", "Line 3 of b.jsonl is"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", None, "There is no file"),
        ("a.xlsx", b"x", "an ending that tells no known format"),
        ("a.csv", b"", "holds no row"),
        ("a.csv", b"text,label\n", "holds no row"),
        ("a.jsonl", b"", "holds no row"),
        (
            "a.csv",
            b"text,label\nna\xefve,1\n",
            "Line 2 of a.csv is not UTF-8: invalid continuation byte at byte 3",
        ),
        ("a.csv", b'text,label\n"open,1\n', "cannot be read: unexpected end of data"),
        ("a.parquet", b"PAR1 and then nothing", "not a readable Parquet file"),
        ("a.jsonl", b'[{"text": "a"}]', "no row that can be read: Line 1 of a.jsonl is no object"),
        ("a.jsonl", b"[" * 100_000, "no row that can be read: Line 1 of a.jsonl is nested too deeply"),
    ],
    ids=[
        "missing",
        "ending",
        "empty",
        "header only",
        "no line",
        "not UTF-8",
        "open quote",
        "no Parquet",
        "a list",
        "deep",
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UnusableInput, match=said):
        read_table(tmp_path / name)


def test_a_missing_column_is_offered_near_ones(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="no column 'lable'") as raised:
        read_table(written(tmp_path, "csv")).column("lable")
    assert raised.value.hint == "Did you mean label?"


@pytest.mark.parametrize(("mark", "said"), [(";", "by ';'"), ("\t", "by tabs")], ids=["semicolons", "tabs"])
def test_other_separators_are_recognised(tmp_path: Path, mark: str, said: str) -> None:
    (tmp_path / "a.csv").write_text(f"text{mark}label\na{mark}x\n")
    with pytest.raises(UnusableInput, match="no column 'label'") as raised:
        read_table(tmp_path / "a.csv").column("label")
    assert said in raised.value.hint


def test_a_name_that_two_columns_have_means_neither(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,text,label\na,b,x\n")
    table = read_table(tmp_path / "a.csv")
    assert list(table.column("label")) == ["x"]
    with pytest.raises(UnusableInput, match="several columns 'text'"):
        table.column("text")


def test_classes_with_gaps_are_whole_numbers_and_the_gaps_no_class() -> None:
    values = [1.0, float("nan"), 0.0, None]
    names = class_names(values, ())
    assert names == ("0", "1")
    assert labels_of(values, names) == [1, None, 0, None]
    assert class_names([0.5, 1.5], ()) == ("0.5", "1.5")


def test_columns_of_parquet_files_are_read_when_they_are_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "split=train"  # which Parquet data sets would take for a column
    folder.mkdir()
    path = folder / "data.parquet"
    parquet.write_table(pa.table({"text": ["a" * 100_000, "b"], "label": [0, 1]}), path, compression="none")
    table = read_table(path)
    assert list(table.columns) == ["text", "label"]
    content = bytearray(path.read_bytes())
    content[100:50_000] = bytes(49_900)  # damages the first column only
    path.write_bytes(content)
    assert list(table.column("label")) == [0, 1]
    with pytest.raises(UnusableInput, match=r"data\.parquet has no column 'split'"):
        table.column("split")


def test_data_of_a_column_that_are_damaged_are_told_from_a_missing_column(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    parquet.write_table(pa.table({"text": ["a" * 10_000] * 3}), path, compression="snappy")
    content = bytearray(path.read_bytes())
    content[4:60] = bytes(56)
    path.write_bytes(content)
    table = read_table(path)
    with pytest.raises(UnusableInput, match=r"data\.parquet is not a readable Parquet file"):
        table.column("text")


def test_parquet_columns_of_the_same_name_mean_none(tmp_path: Path) -> None:
    columns = [pa.array(["a"]), pa.array(["b"])]
    parquet.write_table(pa.Table.from_arrays(columns, names=["text", "text"]), tmp_path / "data.parquet")
    with pytest.raises(UnusableInput, match=r"several columns 'text'"):
        read_table(tmp_path / "data.parquet").column("text")


def test_a_table_without_headings_is_told_from_a_missing_column(tmp_path: Path) -> None:
    path = tmp_path / "data.tsv"
    path.write_text("a film that is long enough to say how it was, and then says a little more\t1\nfine\t0\n")
    with pytest.raises(UnusableInput) as told:
        read_table(path).column("sentence")
    assert "switch Header off" in (told.value.hint or "")
    assert list(read_table(path, header=False).column("column2")) == ["1", "0"]

"""Texts from tables: labels, answers, slices, and the rows that lack them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.data.base import load_data
from core.data.text.texts import TextDataset
from core.errors import InvalidInput, UnusableInput
from core.registry import discover

discover("core.data.sources")


def load(folder: Path, split: str = "test", **parameters: Any) -> TextDataset:
    chosen = {"path": str(folder), "train_file": "train.jsonl", "test_file": "test.jsonl", **parameters}
    loaded = load_data("text-table", chosen, split)
    assert isinstance(loaded, TextDataset)
    return loaded


def write(folder: Path, split: str, rows: list[dict[str, Any]]) -> None:
    (folder / f"{split}.jsonl").write_text("\n".join(json.dumps(row) for row in rows))


def test_classes_mean_the_same_in_both_splits(tmp_path: Path) -> None:
    write(tmp_path, "train", [{"text": "a", "label": "neg"}, {"text": "b", "label": "neutral"}])
    write(tmp_path, "test", [{"text": "c", "label": "pos"}, {"text": "d", "label": "neg"}])
    train, test = load(tmp_path, "train", label_column="label"), load(tmp_path, label_column="label")
    assert train.class_names == test.class_names == ("neg", "neutral", "pos")
    assert train.labels.tolist() == [0, 1]
    assert test.labels.tolist() == [2, 0]
    assert test.ids == ("test.jsonl:1", "test.jsonl:2")


def test_whole_numbers_name_themselves_and_may_be_given_names(tmp_path: Path) -> None:
    write(tmp_path, "test", [{"text": "a", "label": 2}, {"text": "b", "label": 0}])
    assert load(tmp_path, label_column="label").class_names == ("0", "1", "2")
    named = load(tmp_path, label_column="label", classes=["bad", "so-so", "good"])
    assert named.class_names == ("bad", "so-so", "good")
    assert named.labels.tolist() == [2, 0]


def test_answers_may_be_one_or_several_or_as_in_squad(tmp_path: Path) -> None:
    answers = ["oslo", ["oslo", "in oslo"], {"text": ["oslo"], "answer_start": [3]}]
    write(tmp_path, "test", [{"text": "where ?", "answer": answer} for answer in answers])
    data = load(tmp_path, answer_column="answer")
    assert data.answers == (("oslo",), ("oslo", "in oslo"), ("oslo",))
    assert data.class_names == ()
    assert data.labels.tolist() == [-1, -1, -1]


def test_a_split_without_any_answer_is_read_without_answers(tmp_path: Path) -> None:
    write(tmp_path, "train", [{"text": "who ?", "answer": "anna"}, {"text": "what ?", "answer": None}])
    for hidden in ({}, {"answer": None}, {"answer": []}):
        write(tmp_path, "test", [{"text": "where ?", **hidden}, {"text": "when ?", **hidden}])
        test = load(tmp_path, answer_column="answer")
        assert (test.texts, test.answers) == (("where ?", "when ?"), ((), ()))
    train = load(tmp_path, "train", answer_column="answer")
    assert train.problems == ("Row 2 of train.jsonl has no known label or answer",)


def test_rows_that_lack_something_are_listed_and_left_out(tmp_path: Path) -> None:
    rows = [
        {"text": "a", "label": "x", "kind": "short"},
        {"text": " ", "label": "x"},
        {"text": "b", "label": None},
        {"text": "c", "label": "x"},
    ]
    write(tmp_path, "test", rows)
    data = load(tmp_path, label_column="label", slice_columns=["kind"])
    assert data.texts == ("a", "c")
    assert data.slices == {"kind": ("short", "")}
    assert data.problems == (
        "Row 2 of test.jsonl has no text",
        "Row 3 of test.jsonl has no known label or answer",
    )


@pytest.mark.parametrize(
    ("parameters", "error", "said"),
    [
        ({}, InvalidInput, "either a label column or an answer column"),
        ({"label_column": "label", "answer_column": "text"}, InvalidInput, "either a label column"),
        ({"label_column": "nothing"}, UnusableInput, "no column 'nothing'"),
        ({"label_column": "label", "text_column": "texts"}, UnusableInput, "no column 'texts'"),
        ({"label_column": "label", "slice_columns": ["x"]}, UnusableInput, "no column 'x'"),
        ({"label_column": "label", "classes": ["q"]}, UnusableInput, "No row of test.jsonl can be used"),
    ],
    ids=["neither", "both", "no label", "no text", "no slice", "other classes"],
)
def test_columns_that_are_not_there_are_named(
    tmp_path: Path, parameters: dict[str, Any], error: type[Exception], said: str
) -> None:
    write(tmp_path, "test", [{"text": "a", "label": "x"}])
    with pytest.raises(error, match=said):
        load(tmp_path, **parameters)


def test_real_sentences_without_a_header(data_folder: Path) -> None:
    data = load_data(
        "text-table",
        {
            "path": str(data_folder / "sst2"),
            "train_file": "train.tsv",
            "test_file": "dev.tsv",
            "header": False,
            "text_column": "column1",
            "label_column": "column2",
            "classes": ["negative", "positive"],
        },
        "test",
    )
    assert isinstance(data, TextDataset)
    assert len(data) == 872
    assert data.labels.bincount().tolist() == [428, 444]
    assert data.problems == ()


def test_secret_labels_are_no_class(tmp_path: Path) -> None:
    write(tmp_path, "train", [{"text": "a", "label": 0}, {"text": "b", "label": 1}])
    write(tmp_path, "test", [{"text": "c", "label": -1}])
    assert load(tmp_path, "train", label_column="label").class_names == ("0", "1")
    hidden = load(tmp_path, label_column="label")
    assert (hidden.labels.tolist(), hidden.class_names) == ([-1], ("0", "1"))


def test_a_split_may_lack_the_column_of_labels(tmp_path: Path) -> None:
    write(tmp_path, "train", [{"text": "a", "label": "no"}, {"text": "b", "label": "yes"}])
    write(tmp_path, "test", [{"text": "c"}, {"text": "d"}])
    data = load(tmp_path, label_column="label")
    assert (data.texts, data.labels.tolist(), data.class_names) == (("c", "d"), [-1, -1], ("no", "yes"))


def test_hidden_labels_need_names_of_classes(tmp_path: Path) -> None:
    write(tmp_path, "test", [{"text": "c", "label": -1}])
    with pytest.raises(UnusableInput, match=r"Every label of test\.jsonl is -1") as raised:
        load(tmp_path, label_column="label")
    assert "List the classes" in raised.value.hint
    assert load(tmp_path, label_column="label", classes=["no", "yes"]).labels.tolist() == [-1]


def test_minus_one_may_be_a_class_among_others(tmp_path: Path) -> None:
    write(tmp_path, "test", [{"text": "a", "label": -1}, {"text": "b", "label": 1}])
    data = load(tmp_path, label_column="label")
    assert data.class_names == ("-1", "1")
    assert data.labels.tolist() == [0, 1]

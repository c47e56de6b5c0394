"""Cards of data sets: configurations, splits and class names, in every form that their head may have."""

from __future__ import annotations

import pytest

from core.data.hub.card import Card, CardConfiguration, read_card


def card(head: str) -> Card:
    return read_card(f"---\n{head}\n---\n# A data set\n---\n")


def test_configurations_with_the_files_of_their_splits() -> None:
    read = card(
        """
configs:
- config_name: plain
  default: true
  data_files:
  - split: train
    path: plain/train-*
  - {split: test, path: [./a.parquet, b.parquet]}
- config_name: other
  data_dir: ./other/
"""
    )
    assert read.configurations == (
        CardConfiguration(
            "plain",
            preferred=True,
            patterns={"train": ("plain/train-*",), "test": ("a.parquet", "b.parquet")},
        ),
        CardConfiguration("other", folder="other"),
    )


@pytest.mark.parametrize(
    ("files", "patterns"),
    [
        ("rows.csv", {"train": ("rows.csv",)}),
        ("[a.csv, b.csv]", {"train": ("a.csv", "b.csv")}),
        ("{train: a.csv, test: [b.csv]}", {"train": ("a.csv",), "test": ("b.csv",)}),
        ("[{split: test, path: b.csv}]", {"test": ("b.csv",)}),
        ("[{a: b}, [c]]", {"train": ()}),
    ],
    ids=["one file", "files", "by split", "list of splits", "nonsense"],
)
def test_every_way_to_name_files(files: str, patterns: dict[str, tuple[str, ...]]) -> None:
    (only,) = card(f"configs: {{data_files: {files}}}").configurations
    assert (only.name, only.patterns) == ("default", patterns)


def test_globs_are_below_the_folder_of_the_configuration() -> None:
    (only,) = card("configs: [{data_dir: en, data_files: '*.csv'}]").configurations
    assert only.patterns == {"train": ("en/*.csv",)}


def test_names_of_classes_by_number_or_in_a_list() -> None:
    read = card(
        """
dataset_info:
- config_name: a
  features:
  - {name: text, dtype: string}
  - name: label
    dtype:
      class_label:
        names: {'10': eleven, '0': none, '2': two}
- config_name: b
  features: [{name: label, dtype: {class_label: {names: [no, 1.0]}}}]
"""
    )
    assert read.classes == {
        "a": {"label": ("none", "two", "eleven")},
        "b": {"label": ("no", "1.0")},
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Title\n---\nconfigs: 1\n---",
        "---\nconfigs: [{",
        "---\nconfigs: [{\n---",
        "---\n- a\n---",
        "---\nconfigs: 3\ndataset_info: x\n---",
        "---\nconfigs: &a [*a]\n---",
    ],
    ids=["empty", "no head", "no end", "no YAML", "a list", "no objects", "circle"],
)
def test_what_is_no_card_says_nothing(text: str) -> None:
    assert read_card(text) == Card()


BOMB = "\n".join(
    f"b{level}: &b{level} [{', '.join([f'*b{level - 1}'] * 9 if level else ['x'] * 9)}]" for level in range(9)
)


@pytest.mark.parametrize(
    "head",
    [
        "configs: {config_name: *b8, data_files: a.csv}",
        "configs: {data_dir: *b8}",
        "dataset_info: {features: [{name: label, dtype: {class_label: {names: *b8}}}]}",
    ],
)
def test_a_head_that_repeats_itself_without_measure_says_nothing(head: str) -> None:
    assert card(f"{BOMB}\n{head}") == Card()


def test_what_is_no_text_is_no_name() -> None:
    read = card(
        """
configs:
- {config_name: [a], data_dir: {b: c}, data_files: [{split: [d], path: e}, {split: test, path: f}]}
dataset_info:
  features:
  - {name: [a], dtype: {class_label: {names: [b]}}}
  - {name: label, dtype: {class_label: {names: [[c]]}}}
"""
    )
    assert read.configurations == (CardConfiguration("default", patterns={"test": ("f",)}),)
    assert read.classes == {"default": {"": ("b",)}}


def test_numbers_of_classes_may_be_of_any_length() -> None:
    names = f"{{? '{'9' * 5000}' : b}}"
    read = card(f"dataset_info: {{features: {{name: a, dtype: {{class_label: {{names: {names}}}}}}}}}")
    assert read.classes == {"default": {"a": ("b",)}}

"""Which files hold which split: by their names, or as the card says, and what is said if there are none."""

from __future__ import annotations

import pytest

from core.data.hub.card import Card, CardConfiguration
from core.data.hub.layout import Layout, layout
from core.errors import UnusableInput

TWO = Layout({"de": {"train": ("a",)}, "en": {"train": ("b",), "validation": ("c",)}})


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("data/train-00000-of-00001.parquet", ("default", "train")),
        ("train-00000-of-00001-5a8b6f3b2c1d0e9f.parquet", ("default", "train")),
        ("plain_text/test-00000-of-00001.parquet", ("plain_text", "test")),
        ("default/train/0000.parquet", ("default", "train")),
        ("sst2/partial-train/0012.parquet", ("sst2", "partial-train")),
        ("train.csv", ("default", "train")),
        ("en/validation_matched.jsonl", ("en", "validation_matched")),
        ("en/test/part-7.parquet", ("en", "test")),
        ("data/de/dev.tsv", ("de", "dev")),
        ("data/0000.parquet", ("default", "0000")),
    ],
)
def test_names_tell_configuration_and_split(name: str, place: tuple[str, str]) -> None:
    configuration, split = place
    assert layout([name], Card()).configurations == {configuration: {split: (name,)}}


def test_shards_come_in_order() -> None:
    names = [f"data/train-{number:05d}-of-00011.parquet" for number in (10, *range(10))]
    assert layout(names, Card()).files("default", "train", of="x") == tuple(sorted(names))


def test_the_card_goes_before_names() -> None:
    names = ["a/x.parquet", "a/deep/y.parquet", "b/train.parquet", "b+/test.parquet"]
    card = Card(
        (
            CardConfiguration("first", patterns={"train": ("a/**/*.parquet",), "gone": ("q*",)}),
            CardConfiguration("second", preferred=True, folder="b"),
            CardConfiguration("third", patterns={"test": ("b+/t?st.parquet",)}),
            CardConfiguration("empty", patterns={"train": ("*",)}),
        )
    )
    found = layout(names, card)
    assert found.configurations == {
        "first": {"train": ("a/deep/y.parquet", "a/x.parquet")},
        "second": {"train": ("b/train.parquet",)},
        "third": {"test": ("b+/test.parquet",)},
    }
    assert found.configuration("", of="x") == "second"


def test_a_card_about_other_files_is_passed_over_but_for_the_default() -> None:
    card = Card((CardConfiguration("en", preferred=True, patterns={"train": ("en/*.csv",)}),))
    found = layout(["de/train/0000.parquet", "en/train/0000.parquet"], card)
    assert set(found.configurations) == {"de", "en"}
    assert found.configuration("", of="x") == "en"


def test_the_only_configuration_need_not_be_named() -> None:
    assert Layout({"plain_text": {}}).configuration("", of="x") == "plain_text"
    assert Layout({"other": {}, "default": {}}).configuration("", of="x") == "default"
    assert TWO.configuration("en", of="x") == "en"


@pytest.mark.parametrize(
    ("wanted", "said", "hint"),
    [
        ("", "x has several configurations", "Name one of them: de, en."),
        ("fr", "x has no configuration 'fr'", "There are: de, en."),
    ],
)
def test_configurations_are_offered(wanted: str, said: str, hint: str) -> None:
    with pytest.raises(UnusableInput, match=said) as raised:
        TWO.configuration(wanted, of="x")
    assert raised.value.hint == hint


@pytest.mark.parametrize(
    ("split", "hint"),
    [
        ("test", "There are: train, validation."),
        ("validaton", "Did you mean validation? There are: train, validation."),
    ],
)
def test_splits_are_offered(split: str, hint: str) -> None:
    with pytest.raises(UnusableInput, match=f"x has no split '{split}' in its configuration 'en'") as raised:
        TWO.files("en", split, of="x")
    assert raised.value.hint == hint


def test_a_copy_that_lacks_shards_is_refused() -> None:
    names = ["train-00000-of-00004.parquet", "train-00002-of-00004.parquet"]
    with pytest.raises(
        UnusableInput, match="lacks 2 of 4 shards, the first of them number 1, beside train-0"
    ):
        layout(names, Card()).files("default", "train", of="x")


def test_a_number_of_shards_that_cannot_be_is_only_counted() -> None:
    names = ["train-00000-of-99999999999.parquet"]
    with pytest.raises(UnusableInput, match=r"lacks 99,999,999,998 of 99,999,999,999 shards.* number 1, "):
        layout(names, Card()).files("default", "train", of="x")
    assert layout([f"train-00000-of-{'9' * 5000}.parquet"], Card())


@pytest.mark.parametrize("glob", ["**/" * 12 + "zz", "*a" * 10 + "z", "**a" * 8 + "z", "***/" * 200 + "z"])
def test_no_glob_takes_long(glob: str) -> None:  # else the test's time is up
    names = ["a" * 200 + "/a" * 100, "x.parquet"]
    card = Card((CardConfiguration("x", patterns={"train": (glob, "x.parquet")}),))
    assert layout(names, card).configurations == {"x": {"train": ("x.parquet",)}}


@pytest.mark.parametrize(
    ("glob", "fitting"),
    [
        ("**/c.csv", ["a/b/c.csv", "c.csv"]),
        ("**.csv", ["a/b/c.csv", "a/bc.csv", "c.csv"]),
        ("a/*.csv", ["a/bc.csv"]),
        ("a/**", ["a/b/c.csv", "a/bc.csv"]),
        ("?.csv", ["c.csv"]),
        ("a?bc.csv", []),
        ("**/**/*c.csv", ["a/b/c.csv", "a/bc.csv", "c.csv"]),
        ("[abc].csv", []),
    ],
)
def test_globs_mean_folders_and_parts_of_names(glob: str, fitting: list[str]) -> None:
    names = ["a/b/c.csv", "a/bc.csv", "c.csv"]
    card = Card((CardConfiguration("x", patterns={"train": (glob,), "all": ("**",)}),))
    assert layout(names, card).configurations["x"].get("train", ()) == tuple(fitting)

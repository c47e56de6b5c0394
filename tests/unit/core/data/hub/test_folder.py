"""Folders laid out like a data set of the hub: a copy for a worker without a connection."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.data.base import load_data
from core.data.dataset import Dataset
from core.data.hub.repository import FolderRepository
from core.data.images import ImageDataset
from core.errors import UnusableInput
from core.registry import discover
from core.testing.servers.hub_server import parquet_bytes

discover("core.data.sources")


def copied(folder: Path, files: dict[str, bytes]) -> Path:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def row(text: str, label: int) -> dict[str, Any]:
    return {"text": text, "label": label}


def load(folder: Path | str, split: str = "train", **parameters: Any) -> Dataset:
    return load_data(
        "huggingface-texts", {"dataset": str(folder), "label_column": "label"} | parameters, split
    )


def test_a_copy_reads_as_the_data_set_on_the_hub(tmp_path: Path) -> None:
    files = {
        "README.md": b"---\nconfigs: {config_name: en, data_files: {train: x/*.parquet}}\n---",
        "x/1.parquet": parquet_bytes([row("a", 0)], ["no", "yes"]),
        "x/2.parquet": parquet_bytes([row("b", 1)], ["no", "yes"]),
        ".cache/huggingface/x/3.parquet": b"",
    }
    data = load(copied(tmp_path, files))
    assert data.ids == ("x/1.parquet:1", "x/2.parquet:1")
    assert data.class_names == ("no", "yes")


def test_shards_that_were_not_copied_are_missed(tmp_path: Path) -> None:
    copied(tmp_path, {"data/train-00001-of-00002.parquet": parquet_bytes([row("a", 0)])})
    with pytest.raises(UnusableInput, match="lacks 1 of 2 shards") as raised:
        load(tmp_path)
    assert raised.value.hint == "Copy all files of the split."


def test_tables_in_other_formats_are_read(tmp_path: Path) -> None:
    data = load(
        copied(tmp_path, {"train.csv": b"text,label\na,x\nb,y\nc\n", "test.tsv": b"text\tlabel\nd\tz\n"})
    )
    assert data.class_names == ("x", "y", "z")
    assert data.problems == ("Line 4 of train.csv has 1 fields instead of 2",)


def test_a_home_folder_may_be_shortened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    copied(tmp_path, {"sentences/train.parquet": parquet_bytes([row("a", 0)])})
    assert len(load("~/sentences")) == 1


@pytest.mark.parametrize(
    ("files", "said"),
    [({"a.txt": b""}, "holds no table: no file of it ends in .parquet, .csv"), ({}, "holds no table")],
    ids=["no table", "empty"],
)
def test_folders_without_data_are_refused(tmp_path: Path, files: dict[str, bytes], said: str) -> None:
    with pytest.raises(UnusableInput) as raised:
        load(copied(tmp_path, files))
    assert f"{tmp_path} {said}" in raised.value.message
    assert "hub" not in raised.value.message


def test_rows_that_differ_in_columns_are_refused(tmp_path: Path) -> None:
    shards = [parquet_bytes([row("a", 0)]), parquet_bytes([{"label": 1}])]
    copied(tmp_path, {f"train-0000{number}-of-00002.parquet": shard for number, shard in enumerate(shards)})
    with pytest.raises(UnusableInput, match=r"train-00001-of-00002.parquet has no column 'text'"):
        load(tmp_path)


def test_real_images(data_folder: Path) -> None:
    data = load_data("huggingface-images", {"dataset": str(data_folder / "cifar10")}, "test")
    assert isinstance(data, ImageDataset)
    assert data.images.shape == (10_000, 3, 32, 32)
    assert data.labels.bincount().tolist() == [1000] * 10
    assert data.ids[0] == "test.parquet:1"


def test_of_a_gigantic_card_only_the_beginning_is_read(tmp_path: Path) -> None:
    head = b"---\nconfigs: {config_name: en, data_files: {train: x.csv}}\n---\n"
    copied(tmp_path, {"README.md": head, "x.csv": b"text,label\na,b\n"})
    with (tmp_path / "README.md").open("r+b") as file:
        file.truncate(2**33)
    assert len(FolderRepository(tmp_path).card()) == 2**20
    assert len(load(tmp_path)) == 1


def test_the_home_of_nobody_is_refused() -> None:
    with pytest.raises(UnusableInput, match="folder ~nobody-of-this-name/x cannot be looked into") as raised:
        load("~nobody-of-this-name/x")
    assert raised.value.hint.startswith("Give the whole path")

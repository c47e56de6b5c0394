"""Data sets of a hub, asked for with real requests: shards, conversions, classes, why there is nothing."""

from __future__ import annotations

import json
import logging
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from core.data.base import load_data
from core.data.hub.hub import CONVERTED
from core.data.images import ImageDataset
from core.data.subset import part
from core.data.text.texts import TextDataset
from core.registry import discover
from core.testing.servers.hub_server import HubServer, parquet_bytes

discover("core.data.sources")
ROWS = [{"sentence": "good", "label": 1}, {"sentence": "bad", "label": 0}]


def picture(colour: str) -> dict[str, Any]:
    content = BytesIO()
    Image.new("RGB", (8, 8), colour).save(content, "PNG")
    return {"bytes": content.getvalue(), "path": f"{colour}.png"}


def texts(split: str = "train", dataset: str = "org/texts", **parameters: Any) -> TextDataset:
    asked = {"dataset": dataset, "text_column": "sentence", "test_split": "validation"}
    if "answer_column" not in parameters:
        asked["label_column"] = "label"
    loaded = load_data("huggingface-texts", {**asked, **parameters}, split)
    assert isinstance(loaded, TextDataset)
    return loaded


def test_the_shards_of_a_split_are_one_data_set(hub: HubServer) -> None:
    data = texts()
    assert data.texts == ("good", "bad")
    assert data.class_names == ("bad", "good")
    assert data.labels.tolist() == [1, 0]
    assert data.ids == ("data/train-00000-of-00002.parquet:1", "data/train-00001-of-00002.parquet:1")
    assert len(texts("test")) == 2


def test_only_what_is_needed_is_fetched_and_only_once(
    hub: HubServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="core.data.hub.hub"):
        data = texts()
    fetched = [asked for asked in hub.asked if "/resolve/" in asked and asked.startswith("GET")]
    assert sorted(path.rpartition("/")[2] for path in fetched) == [
        "README.md",
        "train-00000-of-00002.parquet",
        "train-00001-of-00002.parquet",
    ]
    commit = hub.states["org/texts"]["main"].commit
    assert f"at commit {commit}" in caplog.text
    assert data.origin == part(data, 1).origin == f"org/texts@{commit}"
    assert "Fetching 2 files of org/texts" in caplog.text
    hub.asked.clear()
    texts()
    assert hub.asked == ["GET /api/datasets/org/texts"]


def test_a_commit_stays_as_it_was_and_needs_no_hub_a_second_time(hub: HubServer) -> None:
    first = hub.states["org/texts"]["main"].commit
    hub.put("org/texts", {"train.parquet": parquet_bytes([{"sentence": "new", "label": 0}])})
    assert texts().texts == ("new",)
    assert texts(revision=first).texts == ("good", "bad")
    hub.asked.clear()
    assert texts(revision=first).texts == ("good", "bad")
    assert hub.asked == []


def test_images_with_classes_and_slices(hub: HubServer) -> None:
    rows = [
        {"img": picture(colour), "label": label, "kind": "x"} for label, colour in enumerate(["red", "blue"])
    ]
    card = """---
dataset_info:
  features:
  - {name: img, dtype: image}
  - {name: label, dtype: {class_label: {names: {'0': red, '1': blue}}}}
---"""
    hub.put(
        "org/images", {"README.md": card.encode(), "plain/test-00000-of-00001.parquet": parquet_bytes(rows)}
    )
    asked = {"dataset": "org/images", "image_column": "img", "slice_columns": ["kind"]}
    data = load_data("huggingface-images", asked, "test")
    assert isinstance(data, ImageDataset)
    assert data.images[:, :, 0, 0].tolist() == [[255, 0, 0], [0, 0, 255]]
    assert data.slices == {"kind": ("x", "x")}
    assert data.labels.tolist() == [0, 1]
    assert data.ids[0] == "plain/test-00000-of-00001.parquet:1"


def test_class_names_in_the_card_count_for_its_configuration(hub: HubServer) -> None:
    card = b"""---
dataset_info:
  config_name: en
  features: [{name: label, dtype: {class_label: {names: [bad, good]}}}]
---"""
    hub.put(
        "org/card",
        {"README.md": card, "en/train.parquet": parquet_bytes(ROWS), "de/train.parquet": parquet_bytes(ROWS)},
    )
    assert texts(dataset="org/card", configuration="en").class_names == ("bad", "good")
    assert texts(dataset="org/card", configuration="de").class_names == ("0", "1")


def test_classes_without_names_are_those_of_both_splits(hub: HubServer) -> None:
    hub.put(
        "org/plain",
        {"train.parquet": parquet_bytes([{"sentence": "x", "label": 2}]), "dev.parquet": parquet_bytes(ROWS)},
    )
    assert texts("test", "org/plain", test_split="dev").class_names == ("0", "1", "2")
    assert texts("train", "org/plain", test_split="none").class_names == ("0", "1", "2")


def test_answers_to_generate(hub: HubServer) -> None:
    rows = [{"question": "where?", "answers": {"text": ["oslo", "in oslo"], "answer_start": [1, 2]}}]
    hub.put("org/qa", {"train.parquet": parquet_bytes(rows)})
    data = texts(dataset="org/qa", text_column="question", answer_column="answers")
    assert data.answers == (("oslo", "in oslo"),)


def test_the_conversion_of_the_hub_is_read_where_there_is_no_parquet(hub: HubServer) -> None:
    hub.put("org/script", {"script.py": b"raise SystemExit", "README.md": b"", "train.csv": b"sentence\nx\n"})
    shards = {f"en/train/{number:04d}.parquet": parquet_bytes([row]) for number, row in enumerate(ROWS)}
    commit = hub.put("org/script", shards, branch=CONVERTED)
    assert texts(dataset="org/script").texts == ("good", "bad")
    assert texts(dataset="org/script", revision=commit).ids[1] == "en/train/0001.parquet:1"


def test_other_tables_are_read_where_nothing_was_converted(hub: HubServer) -> None:
    lines = b"\n".join(json.dumps(row).encode() for row in ROWS)
    hub.put("org/lines", {"train.jsonl": lines, "notes.txt": b"x"})
    assert texts(dataset="org/lines").texts == ("good", "bad")


@pytest.mark.parametrize(
    "address",
    [
        "https://huggingface.co/datasets/org/texts",
        "https://huggingface.co/datasets/org/texts/tree/main/data",
        "hf://datasets/org/texts/",
        " org/texts ",
    ],
)
def test_an_address_stands_for_the_id_in_it(hub: HubServer, address: str) -> None:
    assert texts(dataset=address).texts == ("good", "bad")

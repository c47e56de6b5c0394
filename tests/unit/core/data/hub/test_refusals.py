"""Why a data set of a hub cannot be had, as people are told: absent, private, secret, damaged, offline."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
from huggingface_hub import constants

from core.data.base import load_data
from core.data.hub.hub import Hub
from core.data.hub.refusals import refused
from core.data.text.texts import TextDataset
from core.errors import UnusableInput
from core.registry import discover
from core.testing.servers.hub_server import HubServer, parquet_bytes

discover("core.data.sources")
REPOSITORY = Path(__file__).parents[5]
ROWS = [{"sentence": "good", "label": 1}, {"sentence": "bad", "label": 0}]
ASKED = {
    "dataset": "org/texts",
    "text_column": "sentence",
    "label_column": "label",
    "test_split": "validation",
}


def texts(split: str = "train", dataset: str = "org/texts", **parameters: Any) -> TextDataset:
    loaded = load_data("huggingface-texts", {**ASKED, "dataset": dataset, **parameters}, split)
    assert isinstance(loaded, TextDataset)
    return loaded


def test_a_split_with_secret_labels_is_read_without_labels(hub: HubServer) -> None:
    secret = parquet_bytes([{"sentence": "x", "label": -1}], ["bad", "good"])
    some = parquet_bytes([*ROWS, {"sentence": "x", "label": -1}], ["bad", "good"])
    hub.put("org/secret", {"train.parquet": some, "test.parquet": secret})
    hidden = texts("test", "org/secret", test_split="test")
    assert (hidden.class_names, hidden.labels.tolist()) == (("bad", "good"), [-1])
    data = texts("train", "org/secret", test_split="test")
    assert len(data) == 2
    assert data.problems == ("Row 3 of train.parquet has no known label or answer",)


def test_secret_labels_are_no_class_of_the_other_split(hub: HubServer) -> None:
    hub.put(
        "org/secret",
        {
            "train.parquet": parquet_bytes(ROWS),
            "test.parquet": parquet_bytes([{"sentence": "x", "label": -1}]),
        },
    )
    assert texts("train", "org/secret", test_split="test").class_names == ("0", "1")


@pytest.mark.parametrize(
    ("parameters", "said", "hint"),
    [
        ({"dataset": "org/none"}, "no data set 'org/none', or it is private", "set HF_TOKEN on the worker"),
        ({"revision": "v9"}, "'org/texts' has no revision 'v9'", "a branch, a tag or the whole hash"),
        ({"configuration": "en"}, "org/texts has no configuration 'en'", "There are: default."),
        ({"train_split": "training"}, "no split 'training'", "Did you mean train or"),
        ({"label_column": "labels"}, "00000-of-00002.parquet has no column 'labels'", "Did you mean label?"),
        ({"dataset": "a/b/c"}, "'a/b/c' cannot be the id of a data set", "an id such as org/name"),
        ({"dataset": "org/texts", "slice_columns": ["x"]}, "no column 'x'", "Known: label, sentence."),
    ],
    ids=["id", "revision", "configuration", "split", "label column", "form of the id", "slice column"],
)
def test_what_is_not_there_is_named(hub: HubServer, parameters: dict[str, Any], said: str, hint: str) -> None:
    with pytest.raises(UnusableInput, match=said) as raised:
        texts(**parameters)
    assert hint in raised.value.hint


@pytest.mark.parametrize(
    ("status", "code", "said", "hint"),
    [
        (403, "GatedRepo", "only for those whom its authors let in", "Accept its conditions on its page"),
        (401, "", "does not let the worker read the data set 'org/texts'", "Set HF_TOKEN on the worker"),
        (403, "", "does not let the worker read the data set 'org/texts'", "remove a wrong one"),
        (418, "", "cannot give the data set 'org/texts' now (418): as the test", "copy the data set to the"),
    ],
    ids=["gated", "wrong token", "forbidden", "another error"],
)
def test_refusals_say_what_to_do(hub: HubServer, status: int, code: str, said: str, hint: str) -> None:
    hub.refusals["org/texts"] = status, code
    with pytest.raises(UnusableInput) as raised:
        texts()
    assert said in raised.value.message
    assert hint in raised.value.hint


def test_data_without_tables_are_refused(hub: HubServer) -> None:
    hub.put("org/photos", {"a.jpg": b"", "load.py": b""})
    with pytest.raises(UnusableInput, match=r"org/photos holds no table.*has not converted it") as raised:
        texts(dataset="org/photos")
    assert "to_parquet()" in raised.value.hint
    with pytest.raises(UnusableInput, match="what the hub converts is the newest state"):
        texts(dataset="org/photos", revision="main")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (parquet_bytes(ROWS)[:-20], "is not a readable Parquet file"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "only points to a file in Git LFS"),
    ],
    ids=["cut off", "pointer"],
)
def test_a_damaged_shard_is_named(hub: HubServer, content: bytes, said: str) -> None:
    hub.put("org/damaged", {"train.parquet": content})
    with pytest.raises(UnusableInput, match=f"train.parquet {said}"):
        texts(dataset="org/damaged")


def test_a_cache_that_cannot_be_written_is_named(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setattr(
        "core.data.hub.rows.Hub", partial(Hub, endpoint=hub.url, cache=tmp_path / "file" / "x")
    )
    with pytest.raises(UnusableInput, match=r"'org/texts' cannot be kept on the worker: .*file") as raised:
        texts()
    assert "Let HF_HOME on the worker name a folder" in raised.value.hint


def test_without_leave_to_download_only_the_cache_is_read(hub: HubServer) -> None:
    with pytest.raises(UnusableInput, match="not in the worker's cache") as raised:
        texts(download=False)
    assert raised.value.hint.startswith("Allow the download")
    assert hub.asked == []
    texts()
    hub.asked.clear()
    assert texts(download=False).texts == ("good", "bad")
    with pytest.raises(UnusableInput, match="not in the worker's cache, or not all of it"):
        texts("test", download=False)
    assert hub.asked == []


def test_without_a_connection_the_cache_is_read(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts()
    nowhere = partial(Hub, endpoint="http://127.0.0.1:1", cache=tmp_path / "cache")
    monkeypatch.setattr("core.data.hub.rows.Hub", nowhere)
    assert texts().texts == ("good", "bad")
    with pytest.raises(UnusableInput, match="hub cannot be reached for the data set 'org/other'") as raised:
        texts(dataset="org/other")
    assert "copy the data set to the worker and give the path of its folder" in raised.value.hint


def test_a_worker_told_to_stay_offline_says_so(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    texts()
    hub.asked.clear()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert texts().texts == ("good", "bad")
    with pytest.raises(UnusableInput, match="HF_HUB_OFFLINE forbids to ask the hub") as raised:
        texts(dataset="org/other")
    assert raised.value.hint.startswith("Unset HF_HUB_OFFLINE on the worker, or copy")
    assert hub.asked == []


def test_the_environment_of_the_worker_counts(hub: HubServer, tmp_path: Path) -> None:
    """In a process of its own, because huggingface_hub reads it once."""
    hub.put("org/private", {"train.parquet": parquet_bytes(ROWS)})
    hub.private.add("org/private")
    script = "from core.data.hub.hub import Hub; print(Hub().repository('org/private').files)"
    environment = {
        "PATH": os.environ["PATH"],
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(tmp_path / "home"),
    }
    tried = [
        subprocess.run(
            [sys.executable, "-c", script],
            env=environment | token,
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
        for token in ({}, {"HF_TOKEN": hub.token})
    ]
    assert "no data set 'org/private', or it is private" in tried[0].stderr
    assert tried[1].stdout.strip() == "('train.parquet',)", tried[1].stderr
    assert (tmp_path / "home" / "hub" / "datasets--org--private").is_dir()


@pytest.mark.parametrize("content", [b"<html>Sign in</html>", b"[]", b'"x"'], ids=["page", "list", "text"])
def test_an_answer_of_something_else_is_told_from_a_wrong_id(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setattr(hub, "answer", lambda path, authorization: (200, {}, content))
    with pytest.raises(UnusableInput, match="gave no sound answer about the data set 'org/texts'") as raised:
        texts()
    assert "sign-in page of a network" in raised.value.hint
    assert raised.value.message.endswith(".")


def test_files_outside_the_data_set_are_refused(hub: HubServer) -> None:
    hub.put("org/up", {"../train.parquet": parquet_bytes(ROWS)})
    with pytest.raises(UnusableInput, match="about the data set 'org/up'"):
        texts(dataset="org/up", configuration="..")


def test_causes_are_sentences_without_numbers() -> None:
    with pytest.raises(UnusableInput) as raised, refused("org/texts", "", download=True):
        raise httpx2.ConnectError("[Errno -2] Name or service not known")
    assert raised.value.message == (
        "The hub cannot be reached for the data set 'org/texts': Name or service not known."
    )
    assert "train.parquet" in raised.value.hint

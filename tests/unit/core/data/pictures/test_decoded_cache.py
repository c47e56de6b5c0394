"""Decoded images are kept for the next run: what is found again, what is not, and what may go wrong."""

from __future__ import annotations

import multiprocessing
import os
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
import torch
from PIL import Image

import core.data.sources.image_folder  # noqa: F401
from core.data.base import load_data
from core.data.images import ImageDataset
from core.data.pictures import decoding
from core.data.pictures.decoded_cache import Decoded, DecodedCache, Source, kept_in
from core.data.pictures.decoding import decode

DAMAGED = ("damaged.png", partial(BytesIO, b"no image"))


@pytest.fixture
def cache(tmp_path: Path) -> DecodedCache:
    return DecodedCache(tmp_path / "decoded", worth_s=0.0)


@pytest.fixture
def decoded_names(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the sources that were really decoded."""
    names: list[str] = []
    really = decoding._decode

    def noted(source: Source, *, size: int, channels: int) -> object:
        names.append(source[0])
        return really(source, size=size, channels=channels)

    monkeypatch.setattr(decoding, "_decode", noted)
    return names


def encoded(shade: int, *, edge: int = 4) -> bytes:
    content = BytesIO()
    Image.fromarray(np.full((edge, edge, 3), shade, np.uint8)).save(content, "PNG")
    return content.getvalue()


def source(name: str, shade: int, *, edge: int = 4) -> Source:
    return name, partial(BytesIO, encoded(shade, edge=edge))


def entries(cache: DecodedCache) -> list[Path]:
    return sorted(cache.folder.glob("*.decoded"))


def test_what_was_decoded_once_is_not_decoded_again(cache: DecodedCache, decoded_names: list[str]) -> None:
    sources = [source("a", 10), DAMAGED, source("b", 20)]
    with kept_in(cache):
        first, second = (decode(sources, size=0) for _ in range(2))
    assert decoded_names == ["a", "damaged.png", "b"]
    assert torch.equal(first.images, second.images)
    assert second.images[:, 0, 0, 0].tolist() == [10, 20]
    assert (first.kept, first.problems) == (second.kept, second.problems) == ([0, 2], first.problems)
    assert "damaged.png does not decode" in second.problems[0]


@pytest.mark.parametrize(
    ("sources", "how"),
    [
        ([source("a", 11), source("b", 20)], {}),
        ([source("a", 10), source("c", 20)], {}),
        ([source("b", 20), source("a", 10)], {}),
        ([source("a", 10), source("b", 20)], {"size": 2}),
        ([source("a", 10)], {}),
        ([source("a", 10), source("b", 20)], {"channels": 1}),
    ],
    ids=["content", "name", "order", "size", "fewer", "channels"],
)
def test_whatever_differs_is_decoded_anew(
    cache: DecodedCache, decoded_names: list[str], sources: list[Source], how: dict[str, int]
) -> None:
    with kept_in(cache):
        decode([source("a", 10), source("b", 20)], size=0)
        decoded_names.clear()
        decode(sources, **{"size": 0, **how})
    assert decoded_names == [name for name, _ in sources]


def test_nothing_is_kept_without_a_cache_or_where_decoding_takes_no_time(
    tmp_path: Path, decoded_names: list[str]
) -> None:
    slow = DecodedCache(tmp_path / "slow", worth_s=1000.0)
    with kept_in(slow):
        decode([source("a", 1)], size=0)
    decode([source("a", 1)], size=0)
    assert decoded_names == ["a", "a"]
    assert not slow.folder.exists()


@pytest.mark.parametrize("damage", [b"", b"\xff" * 100, None], ids=["empty", "garbage", "cut"])
def test_a_damaged_entry_is_replaced(
    cache: DecodedCache, decoded_names: list[str], damage: bytes | None
) -> None:
    sources = [source("a", 10)]
    with kept_in(cache):
        decode(sources, size=0)
        (path,) = entries(cache)
        path.write_bytes(path.read_bytes()[:-7] if damage is None else damage)
        assert decode(sources, size=0).images.unique().tolist() == [10]
        assert decode(sources, size=0).images.unique().tolist() == [10]
    assert decoded_names == ["a", "a"]


def test_what_was_not_used_for_longest_makes_room(tmp_path: Path, decoded_names: list[str]) -> None:
    one = 3 * 64 * 64
    cache = DecodedCache(tmp_path / "decoded", most_bytes=3 * one, worth_s=0.0)
    (tmp_path / "decoded").mkdir()
    left = cache.folder / ".killed.part"
    left.touch()
    os.utime(left, (0, 0))
    with kept_in(cache):
        for age, shade in ((300, 1), (200, 2)):
            before = set(entries(cache))
            decode([source("a", shade, edge=64)], size=0)
            (made,) = set(entries(cache)) - before
            os.utime(made, (made.stat().st_mtime - age,) * 2)
        decode([source("a", 1, edge=64)], size=0)  # is used, and so stays
        decode([source("a", 3, edge=64)], size=0)
        decoded_names.clear()
        decode([source("a", 1, edge=64)], size=0)
        assert not decoded_names
        decode([source("a", 2, edge=64)], size=0)
        assert decoded_names == ["a"]
    assert sum(path.stat().st_size for path in entries(cache)) <= 3 * one
    assert not left.exists()


def test_what_would_fill_the_cache_alone_is_not_kept(tmp_path: Path) -> None:
    small = DecodedCache(tmp_path / "decoded", most_bytes=3 * 4 * 4, worth_s=0.0)
    with kept_in(small):
        decode([source("a", 1)], size=0)
    assert not small.folder.exists()


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with kept_in(DecodedCache(tmp_path / "file" / "decoded", worth_s=0.0)):
        assert decode([source("a", 7)], size=0).images.unique().tolist() == [7]


def _all_at_once(folder: Path, barrier: object) -> None:
    torch.set_num_threads(1)  # a forked process has none of its parent's threads, and would wait for them
    cache = DecodedCache(folder, worth_s=0.0)
    for shade in range(20):
        barrier.wait()  # type: ignore[attr-defined]
        found = cache.get(
            str(shade), lambda shade=shade: Decoded(torch.full((99, 3, 32, 32), shade), [0], ())
        )
        assert found.images.unique().tolist() == [shade]


def test_processes_that_decode_the_same_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(3)
    processes = [context.Process(target=_all_at_once, args=(tmp_path, barrier)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert len(list(tmp_path.iterdir())) == 20  # and nothing half-written beside them


def test_a_data_source_gives_the_same_from_the_cache(
    tmp_path: Path, cache: DecodedCache, decoded_names: list[str]
) -> None:
    for name, shade in (("cat", 5), ("dog", 9)):
        folder = tmp_path / "train" / name
        folder.mkdir(parents=True)
        (folder / "one.png").write_bytes(encoded(shade))
        (folder / "bad.png").write_bytes(b"?")
    options = {"path": str(tmp_path), "size": 0}
    first, second = (load_data("image-folder", options, "train", cache=cache) for _ in range(2))
    assert isinstance(first, ImageDataset)
    assert isinstance(second, ImageDataset)
    assert len(decoded_names) == 4
    assert torch.equal(first.images, second.images)
    assert first.fingerprint() == second.fingerprint()
    assert first.problems == second.problems
    assert second.ids == ("cat/one.png", "dog/one.png")


def test_a_source_that_cannot_be_opened_is_listed(cache: DecodedCache) -> None:
    def gone() -> BinaryIO:
        raise OSError("gone")

    with kept_in(cache):
        for _ in range(2):
            found = decode([("a", gone), source("b", 3)], size=0)
            assert (found.kept, found.problems) == ([1], ("a does not decode: gone",))

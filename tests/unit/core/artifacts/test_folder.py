"""Artifacts: stored once under their hash, verified when fetched, never half there."""

import os
import threading
from pathlib import Path

import pytest
from fsspec import get_filesystem_class

from core.artifacts.folder import FolderArtifacts
from core.artifacts.opening import open_artifacts
from core.errors import CorruptArtifact, Misconfigured, Unavailable


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(b"weights" * 1000)
    return path


@pytest.fixture(params=["folder", "file-url", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path):
    url = {
        "folder": str(tmp_path / "artifacts"),
        "file-url": f"file://{tmp_path / 'with space'}",
        "memory": f"memory://{tmp_path.name}/artifacts",
    }[request.param]
    return open_artifacts(url, cache_dir=tmp_path / "cache")


def test_what_is_put_is_fetched(store, source: Path) -> None:
    key = store.put(source)
    assert len(key) == 64
    assert store.put(source) == key
    assert store.fetch(key).read_bytes() == source.read_bytes()
    store.delete(key)
    store.delete(key)
    with pytest.raises(CorruptArtifact, match="missing"):
        store.fetch(key)


def test_a_key_that_is_none_reads_no_file(store) -> None:
    with pytest.raises(CorruptArtifact, match="is not the key"):
        store.fetch("../../etc/passwd")


@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied"])
def test_damage_is_noticed_also_after_a_good_fetch(tmp_path: Path, source: Path, damage: str) -> None:
    store = FolderArtifacts(tmp_path / "artifacts")
    path = store.fetch(store.put(source))
    content = bytearray(path.read_bytes())
    content[5] ^= 1
    path.write_bytes({"cut": content[:100], "flipped": content, "emptied": b""}[damage])
    os.utime(path, ns=(1, 1))
    with pytest.raises(CorruptArtifact, match="not what was written"):
        store.fetch(path.parent.name + path.name)


def test_putting_again_mends_a_damaged_file(tmp_path: Path, source: Path) -> None:
    store = FolderArtifacts(tmp_path / "artifacts")
    key = store.put(source)
    path = store.fetch(key)
    path.write_bytes(b"x" * path.stat().st_size)
    assert store.put(source) == key
    assert store.fetch(key).read_bytes() == source.read_bytes()


def test_remote_content_that_was_altered_is_refused(tmp_path: Path, source: Path) -> None:
    url = f"memory://{tmp_path.name}/altered"
    store = open_artifacts(url, cache_dir=tmp_path / "here")
    key = store.put(source)
    store._files.pipe(store._path(key), b"something else")
    assert store.fetch(key).read_bytes() == source.read_bytes()  # the verified copy of this machine
    elsewhere = open_artifacts(url, cache_dir=tmp_path / "elsewhere")
    with pytest.raises(CorruptArtifact, match="cut or altered"):
        elsewhere.fetch(key)


def test_many_writers_of_one_file_leave_one_file(tmp_path: Path, source: Path) -> None:
    store = FolderArtifacts(tmp_path / "artifacts")
    threads = [threading.Thread(target=store.put, args=(source,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([path for path in store.root.rglob("*") if path.is_file()]) == 1


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, source: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Misconfigured, match="file/artifacts cannot be written"):
        FolderArtifacts(tmp_path / "file" / "artifacts").put(source)


def test_a_kind_of_url_that_nobody_knows_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="nosuch://"):
        open_artifacts("nosuch://bucket", cache_dir=tmp_path)


def test_a_store_in_s3_that_lets_nobody_in_is_told_as_such(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "nothing"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    get_filesystem_class("s3").clear_instance_cache()
    store = open_artifacts("s3://models/x", cache_dir=tmp_path / "cache")
    for act in (store.put, lambda _: list(store.list()), lambda _: store.fetch("a" * 64)):
        with pytest.raises(Unavailable, match="credentials"):
            act(source)
    get_filesystem_class("s3").clear_instance_cache()

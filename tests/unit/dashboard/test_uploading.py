"""The addresses that files are uploaded to: who may, what is told, and that nothing of a cut one stays."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch
from flask.testing import FlaskClient
from safetensors.torch import save

import dashboard
from core.services.application import Application
from core.testing.running import Installation
from dashboard import uploading

CONTENT = save({"weight": torch.ones(3), "bias": torch.zeros(1000)})
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Application]:
    installation = Installation(tmp_path)
    installation.prepare()
    product = installation.open()
    yield product
    product.close()


@pytest.fixture
def client(product: Application) -> FlaskClient:
    return dashboard.create(product).server.test_client()


def post(client: FlaskClient, content: bytes = CONTENT, name: str = "w.safetensors", **more: Any):
    options = {"headers": OURS, "query_string": {"name": name}} | more
    return client.post("/uploads", data=content, **options)


def stored(tmp_path: Path) -> list[Path]:
    folders = (tmp_path / "artifacts", tmp_path / "cache")
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def test_a_file_is_stored_and_described(client: FlaskClient, product: Application) -> None:
    answer = post(client, name="../my weights.safetensors")
    assert answer.status_code == 200
    told = answer.get_json()
    assert told["said"] == "my_weights.safetensors · 4.15 kB · 2 tensors"
    key = told["reference"].removeprefix("uploaded:").removesuffix("/my_weights.safetensors")
    assert product.artifacts.fetch(key).read_bytes() == CONTENT


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {},
    ],
    ids=["cross-site", "same site", "typed", "origin", "null", "longer origin", "nothing"],
)
@pytest.mark.parametrize("address", ["/uploads", "/uploads/check"])
def test_others_may_not_upload(
    client: FlaskClient, tmp_path: Path, headers: dict[str, str], address: str
) -> None:
    query = {"name": "w.safetensors", "size": str(len(CONTENT))}
    answer = client.post(address, data=CONTENT, headers=headers, query_string=query)
    assert answer.status_code == 403
    anywhere = "Only pages of this server may change something."
    told = "Files are taken from pages of this server only." if not headers else anywhere
    assert answer.get_json()["message"] == told
    assert stored(tmp_path) == []


def test_old_browsers_are_known_by_their_origin(client: FlaskClient) -> None:
    assert post(client, headers={"Origin": "http://localhost"}).status_code == 200


def test_the_start_of_a_file_is_enough_to_refuse_it(client: FlaskClient, tmp_path: Path) -> None:
    header = 8 + int.from_bytes(CONTENT[:8], "little")

    def checked(name: str, size: int, start: bytes):
        query = {"name": name, "size": str(size)}
        return client.post("/uploads/check", data=start, headers=OURS, query_string=query)

    assert checked("w.safetensors", len(CONTENT), CONTENT[:header]).get_json() == {"tensors": 2}
    cut = checked("w.safetensors", len(CONTENT) - 100, CONTENT[:header])
    assert (cut.status_code, "is cut off" in cut.get_json()["message"]) == (422, True)
    large = checked("w.safetensors", 5 * 1024**3, CONTENT[:header]).get_json()
    assert large["message"] == "w.safetensors has 5,368,709,120 bytes; at most 4,294,967,296 can be uploaded."
    pickled = checked("model.pth", 100, b"")
    assert "safetensors.torch.save_file" in pickled.get_json()["hint"]
    assert stored(tmp_path) == []


def test_a_connection_that_is_cut_leaves_nothing(client: FlaskClient, tmp_path: Path) -> None:
    answer = client.post(
        "/uploads",
        input_stream=io.BytesIO(CONTENT[:2000]),
        environ_overrides={"CONTENT_LENGTH": str(len(CONTENT))},
        headers=OURS,
        query_string={"name": "w.safetensors"},
    )
    assert answer.status_code == 422
    assert "did not arrive whole: 2,000 of" in answer.get_json()["message"]
    assert stored(tmp_path) == []


@pytest.mark.parametrize("address", ["/uploads", "/uploads/check"])
@pytest.mark.parametrize("drips", [False, True], ids=["silent", "a byte now and then"])
def test_a_sender_who_dawdles_is_let_go(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, address: str, drips: bool
) -> None:
    monkeypatch.setattr(uploading, "_PIECE_S", 0.3)
    ours, theirs = socket.socketpair()
    arriving = ours.makefile("rb")
    ended = threading.Event()

    def drip() -> None:
        with suppress(BrokenPipeError):
            while drips and not ended.wait(0.05):
                theirs.send(b"x")

    sender = threading.Thread(target=drip)
    sender.start()
    try:
        answer = client.post(
            address,
            environ_overrides={
                "CONTENT_LENGTH": str(len(CONTENT)),
                "wsgi.input": arriving,
                "gunicorn.socket": ours,
            },
            headers=OURS,
            query_string={"name": "w.safetensors", "size": str(len(CONTENT))},
        )
    finally:
        ended.set()
        sender.join(10)
        for end in (arriving, ours, theirs):
            end.close()
    assert answer.status_code == 422
    assert "came too slowly" in answer.get_json()["message"]
    assert stored(tmp_path) == []
    assert post(client).status_code == 200


@pytest.mark.parametrize("size", ["", "-1", "many", "9" * 30])
def test_a_size_that_is_none_is_refused(client: FlaskClient, size: str) -> None:
    query = {"name": "w.safetensors", "size": size}
    answer = client.post("/uploads/check", data=b"", headers=OURS, query_string=query)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid-input")


def test_a_disk_that_cannot_be_written_is_told(client: FlaskClient, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way")
    answer = post(client)
    assert (answer.status_code, answer.get_json()["code"]) == (507, "misconfigured")


def test_uploads_leave_threads_for_everybody_else(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived, go_on = threading.Semaphore(0), threading.Event()
    receive = uploading.receive

    def slow(*arguments: Any) -> Any:
        arrived.release()
        go_on.wait(30)
        return receive(*arguments)

    monkeypatch.setattr(uploading, "receive", slow)
    threads = [
        threading.Thread(target=lambda: post(client.application.test_client()))
        for _ in range(uploading.AT_ONCE)
    ]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert arrived.acquire(timeout=30)
    refused = post(client)
    go_on.set()
    for thread in threads:
        thread.join(30)
    assert (refused.status_code, refused.get_json()["code"]) == (503, "unavailable")
    assert post(client).status_code == 200

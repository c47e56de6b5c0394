"""Takes in large files as they come, without holding them in memory; the page's part is `file_upload.js`.

`POST /uploads/check` judges a file by its name, size and first bytes, `POST /uploads` stores it.
`POST /archives` keeps a project's archive until it is imported.
"""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from flask import Flask, Request, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import ClientDisconnected

from core.domain.data.uploads import Upload
from core.domain.metric import Direction, Format, MetricDefinition, format_value
from core.errors import CompressCompareError, Conflict, Forbidden, InvalidInput, Unavailable
from core.presentation.counts import counted
from core.presentation.sizes import file_size
from core.services.application import Application
from core.services.project_archives.receiving import receive_archive
from core.services.uploads.tensor_files import MOST_HEADER_BYTES
from core.services.uploads.uploads import check_start, receive
from dashboard.access.origin import is_same_origin
from dashboard.files.project_archives import ARRIVING

AT_ONCE = 4
"""Files that come in at once: each holds a thread of the server for as long as it takes."""

_SIZE = MetricDefinition("bytes", "Size", Direction.LOWER, Format.BYTES)
_PIECE_BYTES = 1024 * 1024
_MOST_START_BYTES = MOST_HEADER_BYTES + 1024
_PIECE_S = 60.0
"""How long a piece may take to come, so that nobody holds a place with a byte now and then."""

_PROGRAMS = threading.BoundedSemaphore(AT_ONCE)
"""The same for programs, so that they do not keep people from uploading."""
_SOCKETS = ("gunicorn.socket", "werkzeug.socket")


def register(server: Flask, product: Application) -> None:
    """Add the three addresses."""
    doors = threading.BoundedSemaphore(AT_ONCE)

    def check() -> ResponseReturnValue:
        _require_same_origin(request)
        with _through(doors):
            size = _size(request.args.get("size"))
            tensors = check_start(product, _name(request), size, _start(request))
        return jsonify(tensors=tensors)

    def store() -> ResponseReturnValue:
        _require_same_origin(request)
        with _through(doors):
            size = _size(request.headers.get("Content-Length"))
            upload = receive(product, _name(request), size, _pieces(request))
        return jsonify(reference=str(upload.reference), said=_said(upload))

    def archives() -> ResponseReturnValue:
        _require_same_origin(request)
        with _through(doors):
            size = _size(request.headers.get("Content-Length"))
            token = receive_archive(product, size, _pieces(request))
        said = f"{_name(request)[:200]} \N{MIDDLE DOT} {file_size(size)}"
        return jsonify(reference=token, said=said)

    for address, view in (("/uploads/check", check), ("/uploads", store), (ARRIVING, archives)):
        server.add_url_rule(address, view.__name__, _answering(view), methods=["POST"])


def received(product: Application, asked: Request, name: str) -> Upload:
    """Store the body of a request as a file of weights; one of the few that come in at this moment."""
    with _through(_PROGRAMS):
        size = _size(asked.headers.get("Content-Length"))
        return receive(product, name, size, _pieces(asked))


@contextmanager
def _through(doors: threading.Semaphore) -> Iterator[None]:
    """Be one of the few who upload at this moment; `Unavailable` if they are all there."""
    if not doors.acquire(blocking=False):
        message = f"{AT_ONCE} files are being uploaded at this moment."
        raise Unavailable(message, "Try again when one of them has come in.")
    try:
        yield
    finally:
        doors.release()


def _answering(view: Any) -> Any:
    """Return the view with expected errors as answers."""

    def answer() -> ResponseReturnValue:
        try:
            return view()
        except CompressCompareError as error:
            told = jsonify(code=error.code, message=error.message, hint=error.hint)
            kinds = {InvalidInput: 422, Conflict: 403, Forbidden: 403, Unavailable: 503}
            return told, kinds.get(type(error), 507)

    return answer


def _said(upload: Upload) -> str:
    """Return a file in words: `name.safetensors · 46.8 MB · 161 tensors`."""
    size = format_value(_SIZE, upload.size_bytes)
    return " \N{MIDDLE DOT} ".join([upload.name, size, counted(upload.tensors, "tensor")])


def _require_same_origin(asked: Request) -> None:
    """Raise `Conflict` unless a page of this server asks: others may not act in a person's name."""
    if not is_same_origin(asked, strict=True):
        raise Conflict("Files are taken from pages of this server only.", "Upload it in the dashboard.")


def _name(asked: Request) -> str:
    return asked.args.get("name", "")


def _size(text: str | None) -> int:
    if text is None or not text.isdecimal() or len(text) > 18:
        raise InvalidInput.of("file", "The size of the file is not told.", "Upload it in the dashboard.")
    return int(text)


def _start(asked: Request) -> io.BytesIO:
    """Return what arrives, or at least as much of it as a header can have."""
    start = io.BytesIO()
    while start.tell() < _MOST_START_BYTES and (piece := _piece(asked)):
        start.write(piece)
    start.seek(0)
    return start


def _pieces(asked: Request) -> Iterator[bytes]:
    """Give what arrives until all is there or the connection ends."""
    while piece := _piece(asked):
        yield piece


def _piece(asked: Request) -> bytes:
    """Return what arrives next, nothing at the end; `InvalidInput` if it comes too slowly."""
    with _impatient(asked) as late:
        try:
            piece = asked.stream.read(_PIECE_BYTES)
        except (OSError, ClientDisconnected):
            piece = b""
    if late.is_set():
        message = f"The file came too slowly: of {_PIECE_BYTES:,} bytes not all came in {_PIECE_S:g} s."
        hint = "Upload it from a faster connection, or put it on the worker and give its path."
        raise InvalidInput.of("file", message, hint)
    return piece


@contextmanager
def _impatient(asked: Request) -> Iterator[threading.Event]:
    """Let a sender go who is slow or has gone without a word: what reads sees the connection end."""
    late = threading.Event()
    sockets = [asked.environ[name] for name in _SOCKETS if name in asked.environ]

    def let_go() -> None:
        late.set()
        for connection in sockets:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RD)

    timer = threading.Timer(_PIECE_S, let_go)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()

"""A small Hugging Face hub on this machine: real requests of huggingface_hub, with data sets made by a test.

It answers what looking up and fetching of data sets asks: the state of a revision, the list of files, and the
files. https://huggingface.co/docs/hub/api tells the addresses.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any, Self
from urllib.parse import unquote, urlsplit

_API = re.compile(
    r"/api/datasets/(?P<name>[^/]+/[^/]+)(?P<tree>/tree)?(?:/revision)?(?:/(?P<revision>[^/]+))?"
)
_FILE = re.compile(r"/datasets/(?P<name>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<path>.+)")


def parquet_bytes(rows: Sequence[Mapping[str, Any]], classes: Sequence[str] = ()) -> bytes:
    """Return a Parquet file, as the library `datasets` writes it. classes: their names, of column `label`."""
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.Table.from_pylist(list(rows))
    if classes:
        features = {"label": {"names": list(classes), "_type": "ClassLabel"}}
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    content = BytesIO()
    parquet.write_table(table, content)
    return content.getvalue()


@dataclass(frozen=True)
class _State:
    """Files of a repository at one commit."""

    commit: str
    files: Mapping[str, bytes]


@dataclass
class HubServer:
    """Serves within a `with` statement, at `url`.

    states: of each data set, by branch and by commit. refusals: data sets that are refused, with status and
    error code. token: without it nothing private is given. asked: methods and paths of all requests so far.
    """

    states: dict[str, dict[str, _State]] = field(default_factory=dict)
    refusals: dict[str, tuple[int, str]] = field(default_factory=dict)
    private: set[str] = field(default_factory=set)
    token: str = "hf_right"  # noqa: S105  (of nobody)
    asked: list[str] = field(default_factory=list)

    def put(self, name: str, files: Mapping[str, bytes], *, branch: str = "main") -> str:
        """Commit files as the new state of a branch; return the commit."""
        content = [(path, _git_digest(files[path])) for path in sorted(files)]
        commit = _git_digest(json.dumps([name, branch, content]).encode())
        state = _State(commit, dict(files))
        self.states.setdefault(name, {}).update({branch: state, commit: state})
        return commit

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """The address, as HF_ENDPOINT takes it."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, path: str, authorization: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and content for a request."""
        found = _FILE.fullmatch(path) or _API.fullmatch(path)
        if found is None:
            return 404, {}, b""
        asked = {key: unquote(value) for key, value in found.groupdict().items() if value}
        name = asked["name"]
        if name in self.refusals:
            status, code = self.refusals[name]
            return status, {"X-Error-Code": code, "X-Error-Message": "as the test wants it"}, b""
        if name not in self.states or (name in self.private and authorization != f"Bearer {self.token}"):
            return 401, {"X-Error-Code": "RepoNotFound"}, b""
        state = self.states[name].get(asked.get("revision", "main"))
        if state is None:
            return 404, {"X-Error-Code": "RevisionNotFound"}, b""
        return _file(state, asked["path"]) if "path" in asked else _about(name, state, tree="tree" in asked)


def _file(state: _State, path: str) -> tuple[int, dict[str, str], bytes]:
    if path not in state.files:
        return 404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": state.commit}, b""
    content = state.files[path]
    etag = f'"{_git_digest(content)}"'
    return 200, {"X-Repo-Commit": state.commit, "ETag": etag}, content


def _about(name: str, state: _State, *, tree: bool) -> tuple[int, dict[str, str], bytes]:
    listed: Any = [
        {"type": "file", "path": path, "size": len(content), "oid": _git_digest(content)}
        for path, content in state.files.items()
    ]
    told = listed if tree else {"id": name, "sha": state.commit, "private": False, "tags": []}
    return 200, {"Content-Type": "application/json"}, json.dumps(told).encode()


def _handler(server: HubServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._respond(with_content=True)

        def do_HEAD(self) -> None:
            self._respond(with_content=False)

        def log_message(self, *told: object) -> None:
            """Say nothing: `asked` has every request."""

        def _respond(self, *, with_content: bool) -> None:
            path = urlsplit(self.path).path
            server.asked.append(f"{self.command} {path}")
            status, headers, content = server.answer(path, self.headers.get("Authorization", ""))
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(content))}).items():
                self.send_header(name, value)
            self.end_headers()
            if with_content:
                self.wfile.write(content)

    return Handler


def _git_digest(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()

"""HTTP with the server: JSON, tokens, pages of lists, and sending again when a connection breaks."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from typing import IO, Any
from urllib.parse import quote, urlencode, urlsplit

_TIMEOUT_S = 60.0
_PAUSES_S = (0.2, 1.0, 3.0)
_LONGEST_PAUSE_S = 60.0
_BUSY = frozenset({429, 502, 503, 504})


class ApiError(Exception):
    """What the server refused: `status`, `code` and `problems`, a list of field, message and hint.

    retry_after_s: after which time the server takes requests of this token again; 0: it does not say.
    """

    def __init__(self, status: int, problem: Mapping[str, Any], retry_after_s: float = 0.0) -> None:
        self.status, self.code = status, str(problem.get("code", "error"))
        self.retry_after_s = retry_after_s
        self.problems: list[dict[str, str]] = list(problem.get("problems", []))
        told = [f"{one['field']}: {one['message']} {one['hint']}".strip() for one in self.problems]
        plain = f"{problem.get('detail', f'The server answered {status}.')} {problem.get('hint', '')}"
        super().__init__("\n".join(told) or plain.strip())


class Transport:
    """Sends requests to one server. url: its address, without `/api/v1`."""

    def __init__(self, url: str, token: str | None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise ValueError(f"{url!r} is no address of a server, such as http://127.0.0.1:8050")
        self.url = url.rstrip("/")
        self._token = token

    def get(self, path: str, **query: Any) -> Any:
        """Return the JSON of an address; values that are None are left out."""
        return self._json("GET", path + _query(query))

    def every(self, path: str, **query: Any) -> Iterator[Any]:
        """Yield the items of a list, page by page."""
        cursor: int | None = 0
        while cursor is not None:
            found = self.get(path, **query, limit=1000, cursor=cursor)
            yield from found["items"]
            cursor = found["next"]

    def send(self, method: str, path: str, content: Any = None, *, key: str | None = None) -> Any:
        """Send JSON. key: carried out once, however often it is sent."""
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        body = None if content is None else json.dumps(content, default=_plain).encode()
        return self._json(method, path, body, headers)

    def upload(self, path: str, file: IO[bytes], size: int, **query: Any) -> Any:
        """Send the content of a file."""
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        return self._json("POST", path + _query(query), file, headers)

    def raw(self, path: str, **query: Any) -> bytes:
        """Return the content of an address that is no JSON."""
        return self._answer("GET", path + _query(query), None, {})

    def _json(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        return json.loads(self._answer(method, path, body, headers or {}))

    def _answer(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> bytes:
        again = method == "GET" or "Idempotency-Key" in headers
        for pause_s in (*_PAUSES_S, None) if again else (None,):
            wait_s = 0.0
            try:
                return self._once(method, path, body, headers)
            except (urllib.error.URLError, ConnectionError, TimeoutError) as error:
                if pause_s is None:
                    raise ConnectionError(f"{self.url} does not answer: {error}") from error
            except ApiError as error:
                if pause_s is None or error.status not in _BUSY or error.retry_after_s > _LONGEST_PAUSE_S:
                    raise
                wait_s = error.retry_after_s
            time.sleep(max(pause_s, wait_s))
        raise AssertionError("unreachable")

    def _once(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> bytes:
        asked = urllib.request.Request(f"{self.url}/api/v1{path}", body, dict(headers), method=method)  # noqa: S310
        if self._token:
            asked.add_header("Authorization", f"Bearer {self._token}")
        try:
            with urllib.request.urlopen(asked, timeout=_TIMEOUT_S) as answer:  # noqa: S310  # nosec B310
                content: bytes = answer.read()
                return content
        except urllib.error.HTTPError as error:
            with error:
                later = error.headers.get("Retry-After", "")
                wait_s = float(later) if later.isdecimal() else 0.0
                raise ApiError(error.code, _problem(error.read()), wait_s) from None


def part(text: object) -> str:
    """Return a text as one part of a path."""
    return quote(str(text), safe="")


def _query(query: Mapping[str, Any]) -> str:
    given = {name: value for name, value in query.items() if value is not None}
    return f"?{urlencode(given, doseq=True)}" if given else ""


def _problem(content: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _plain(value: Any) -> Any:
    """Return numbers and arrays of numpy and PyTorch as plain ones."""
    for name in ("tolist", "item"):
        if hasattr(value, name):
            return getattr(value, name)()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")

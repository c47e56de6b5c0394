"""`GET /live?q=...` (POST where the question is too long for an address): what changed on a page.

The question is `{"parts": {name: {..., "since": mark}}, "fresh": true}`; `since` is missing at first. The
answer is `{"parts": {name: {"mark": ..., "full": document}}}`: `delta` instead of `full` where the server has
the version that the tab has, `error` where the part cannot be drawn, nothing of parts that did not change.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from threading import Lock
from typing import Any

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue

from core.domain.ids import ProjectId
from core.errors import InvalidInput
from core.services.application import Application
from dashboard.errors import describe
from dashboard.live.encoding import written
from dashboard.live.followers import Followers

ADDRESS = "/live"
MOST_QUESTION_BYTES = 256 * 1024
MOST_SCOPES = 8
"""Projects that share links are followed of at once."""
_WORTH_PACKING = 700
_LEVEL = 5


class Live:
    """Answers questions of tabs; keeps only what can be drawn again."""

    def __init__(self, product: Application) -> None:
        self._product = product
        self._lock = Lock()
        self._followers: dict[ProjectId | None, Followers] = {None: Followers(product)}

    def answer(self, question: Mapping[str, Any]) -> bytes:
        """Return the answer as JSON."""
        fresh = question.get("fresh") is True
        parts = question.get("parts")
        if not isinstance(parts, Mapping):
            raise InvalidInput.of("parts", "The question names no parts.", "Reload the page.")
        answers = ((name, self._part(name, asked, fresh=fresh)) for name, asked in parts.items())
        found = b",".join(written(name) + b":" + content for name, content in answers if content is not None)
        return b'{"parts":{' + found + b"}}"

    def _part(self, name: str, asked: Any, *, fresh: bool) -> bytes | None:
        values = asked if isinstance(asked, Mapping) else {}
        try:
            part = self._of_caller().answer(name, values, fresh=fresh)
        except Exception as error:  # noqa: BLE001  the other parts of the page go on
            return b'{"error":' + written(describe(error)) + b"}"
        return None if part.content is None else b'{"mark":"%b",%b}' % (part.mark.encode(), part.content)

    def _of_caller(self) -> Followers:
        """Return what keeps documents for callers who see the same: all of them, or those of one project."""
        caller = self._product.caller
        project_id = caller.project_id
        with self._lock:
            if project_id not in self._followers:
                others = [known for known in self._followers if known is not None]
                if len(others) >= MOST_SCOPES:
                    del self._followers[others[0]]
                alike = replace(caller, name="share link", address="")
                self._followers[project_id] = Followers(replace(self._product, who=lambda: alike))
            return self._followers[project_id]


def register(server: Flask, product: Application) -> None:
    """Add the address."""
    live, packed = Live(product), _Packed()

    def answer() -> ResponseReturnValue:
        try:
            content = live.answer(_question())
        except InvalidInput as error:
            return jsonify(error=describe(error)), 400
        return _response(content, packed)

    server.add_url_rule(ADDRESS, "live", answer, methods=["GET", "POST"])


def _question() -> Mapping[str, Any]:
    if (request.content_length or 0) > MOST_QUESTION_BYTES:
        raise InvalidInput.of("q", "The question is too long.", "Select fewer models.")
    text = request.args.get("q") or request.get_data(as_text=True)
    try:
        question = json.loads(text)
    except ValueError:
        question = None
    if not isinstance(question, dict):
        raise InvalidInput.of("q", "The question is no JSON object.", "Reload the page.")
    return question


def _response(content: bytes, packed: _Packed) -> Response:
    """Return the answer, compressed once for all who get the same; 304 for those who have it."""
    tag = hashlib.blake2b(content, digest_size=12).hexdigest()
    response = Response(mimetype="application/json")
    response.set_etag(tag)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Vary"] = "Accept-Encoding"
    if request.if_none_match.contains(tag):
        response.status_code = 304
        return response
    if len(content) >= _WORTH_PACKING and "gzip" in request.headers.get("Accept-Encoding", ""):
        response.headers["Content-Encoding"] = "gzip"
        content = packed.of(tag, content)
    response.set_data(content)
    return response


class _Packed:
    """The last answers, compressed."""

    MOST = 48
    MOST_BYTES = 8_000_000

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def of(self, tag: str, content: bytes) -> bytes:
        """Return the content compressed; `tag` stands for it."""
        with self._lock:
            if tag in self._kept:
                self._kept.move_to_end(tag)
                return self._kept[tag]
        made = gzip.compress(content, _LEVEL, mtime=0)
        with self._lock:
            self._kept[tag] = made
            size = sum(map(len, self._kept.values()))
            while len(self._kept) > self.MOST or size > self.MOST_BYTES:
                size -= len(self._kept.popitem(last=False)[1])
        return made

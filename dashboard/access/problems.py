"""Errors as `application/problem+json` (RFC 9457), in the words that pages and the console use."""

from __future__ import annotations

import json
from http import HTTPStatus

from flask import Response

from core.errors import (
    CompressCompareError,
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    Unavailable,
    UnusableInput,
)

MEDIA_TYPE = "application/problem+json"
_STATUS: tuple[tuple[type[CompressCompareError], int], ...] = (
    (InvalidInput, 422),
    (UnusableInput, 422),
    (NotFound, 404),
    (Forbidden, 403),
    (Conflict, 409),
    (Unavailable, 503),
)


def status_of(error: CompressCompareError) -> int:
    """Return the status that stands for an error."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def problem(error: CompressCompareError, status: int | None = None) -> Response:
    """Return an error as an answer; of an input, every problem with its field."""
    number = status or status_of(error)
    found = error.problems if isinstance(error, InvalidInput) else ()
    content = {
        "type": "about:blank",
        "title": HTTPStatus(number).phrase,
        "status": number,
        "code": error.code,
        "detail": error.message,
        "hint": error.hint,
        "problems": [{"field": one.field, "message": one.message, "hint": one.hint} for one in found],
    }
    answer = Response(json.dumps(content), number, content_type=MEDIA_TYPE)
    answer.headers["Cache-Control"] = "no-store"
    return answer

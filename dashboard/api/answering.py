"""Carry out a route: read what the request gives, call the handler, and write what it answers."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, get_origin
from urllib.parse import urlencode

from flask import Flask, Response, current_app, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from core.domain.text import shown
from core.errors import CompressCompareError, InvalidInput, NotFound, Problem, UnknownName
from core.persistence.tables.columns import storable
from core.services.access.roles import require
from core.services.application import Application
from dashboard.access.problems import problem
from dashboard.api.routes import PREFIX, Route

LARGEST_BODY = 64 * 1024**2
"""Bytes of a JSON body; weights are not sent as JSON."""
_MOST_DIGITS = 16
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_logger = logging.getLogger(__name__)


class _Failed(CompressCompareError):
    """What no part of the product expected."""

    code = "internal-error"


class _Refused(CompressCompareError):
    """What HTTP does not allow."""

    code = "bad-request"


def register(server: Flask, product: Application, routes: list[Route]) -> None:
    """Add the routes, and answer every other address below the prefix as a problem."""
    for route in routes:
        server.add_url_rule(route.rule, f"api.{route.name}", _view(product, route), methods=[route.method])
    server.add_url_rule(f"{PREFIX}/<path:anything>", "api.unknown", _unknown, methods=_METHODS)


def _view(product: Application, route: Route) -> Any:
    def view(**places: str) -> ResponseReturnValue:
        try:
            require(product, route.role)  # before the body is read; the services check it again
            return _answer(route, route.call(product, **_given(route, places)))
        except CompressCompareError as error:
            return problem(error)
        except HTTPException as error:
            return problem(_Refused(error.description or error.name), error.code)
        except Exception:
            _logger.exception("A request to the API failed", extra={"operation": route.name})
            message = "Something went wrong on the server, and this request had no effect."
            return problem(_Failed(message, "Try again. The server's log has the details."))

    return view


def _unknown(anything: str) -> ResponseReturnValue:
    if allowed := _allowed():
        message = f"{request.method} is not allowed here, but {', '.join(allowed)}."
        answer = problem(_Refused(message, f"{PREFIX}/openapi.json lists all operations."), 405)
        answer.headers["Allow"] = ", ".join(allowed)
        return answer
    message = f"{request.method} {PREFIX}/{anything[:200]} is no operation of this API."
    return problem(NotFound(message, f"{PREFIX}/openapi.json lists them."))


def _allowed() -> list[str]:
    """Return the methods of the operations that have the address of the request."""
    adapter = current_app.url_map.bind_to_environ(request.environ)
    return [method for method in _METHODS if adapter.match(method=method)[0] != "api.unknown"]


def _given(route: Route, places: Mapping[str, str]) -> dict[str, Any]:
    """Return the arguments of the handler."""
    found: dict[str, Any] = {}
    for name, kind in route.places.items():
        found[name] = _place(name, places[name], kind)
    if (query := route.query) is not None:
        found["query"] = _validated(query, _query(query))
    elif request.args:
        raise InvalidInput([Problem(name, f"There is no parameter {shown(name)}.") for name in request.args])
    if (body := route.body) is not None:
        found["body"] = _validated(body, _json())
    return found


def _place(name: str, text: str, kind: type) -> Any:
    if kind is int:
        return _number(name, text)
    if issubclass(kind, StrEnum):
        if text not in set(kind):
            raise UnknownName(name, text[:100], [member.value for member in kind])
        return kind(text)
    return text


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > _MOST_DIGITS:
        raise NotFound(f"There is no {name} {shown(text)}.", "Ids are whole numbers.")
    return int(text)


def _query(kind: type[BaseModel]) -> dict[str, Any]:
    several = {
        name for name, field in kind.model_fields.items() if get_origin(field.annotation) in {list, tuple}
    }
    return {name: values if name in several else values[-1] for name, values in request.args.lists()}


def _json() -> Any:
    request.max_content_length = LARGEST_BODY
    if request.mimetype != "application/json":
        message = f"The body is {shown(request.mimetype or 'of no type')}, not application/json."
        raise InvalidInput.of("Content-Type", message, "Send JSON, and say so in the header Content-Type.")
    try:
        return json.loads(request.get_data(cache=False))
    except RequestEntityTooLarge:
        message = f"The body has more than {LARGEST_BODY:,} bytes."
        raise InvalidInput.of("", message, "Send less at a time.") from None
    except (ValueError, RecursionError) as error:
        raise InvalidInput.of("", f"The body is not JSON: {error}.", "Check quotes and brackets.") from None


def _validated(kind: type[BaseModel], content: Any) -> BaseModel:
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        told = error.errors(include_url=False, include_context=False)
        raise InvalidInput([_problem(one) for one in told]) from None


def _problem(found: ErrorDetails) -> Problem:
    field = ".".join(map(str, found["loc"]))
    if found["type"] == "missing":
        return Problem(field, f"{field} is missing.")
    if found["type"] == "extra_forbidden":
        return Problem(field, f"There is no field {field}.", f"{PREFIX}/openapi.json lists all fields.")
    return Problem(field, f"{field}: {found['msg']}, not {shown(found['input'])}.")


def _answer(route: Route, found: Any) -> Response:
    if isinstance(found, Response):
        answer = found
    else:
        answer = Response(json.dumps(storable(found)), route.status, content_type="application/json")
    if isinstance(found, Mapping) and found.get("next") is not None and "items" in found:
        query = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
        following = urlencode([*query, ("cursor", found["next"])])
        answer.headers["Link"] = f'<{request.base_url}?{following}>; rel="next"'
    if route.method == "GET":
        answer.headers["Cache-Control"] = "private, no-cache"
        answer.add_etag()
        answer.make_conditional(_uncompressed(request.environ))
    else:
        answer.headers["Cache-Control"] = "no-store"
    return answer


def _uncompressed(environment: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request with entity tags as they were before compression, which appends its name to them."""
    asked = dict(environment)
    if tags := asked.get("HTTP_IF_NONE_MATCH"):
        for name in ("br", "gzip", "zstd", "deflate"):
            tags = tags.replace(f':{name}"', '"')
        asked["HTTP_IF_NONE_MATCH"] = tags
    return asked

"""The OpenAPI 3.1 document of the API, made from its routes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, TypeAdapter
from typing_extensions import TypedDict

from dashboard.access.problems import MEDIA_TYPE
from dashboard.api.routes import PREFIX, Media, Route

_JSON = "application/json"
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": "A text of your choice. The same request with the same key is carried out once.",
}


class ProblemField(TypedDict):
    """One thing wrong with one field; `field` is a dotted path, empty for the input as a whole."""

    field: str
    message: str
    hint: str


class ProblemDetails(TypedDict):
    """What went wrong (RFC 9457). code: stable, for programs. hint: what to do."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    hint: str
    problems: list[ProblemField]


def document(routes: Iterable[Route], *, version: str) -> dict[str, Any]:
    """Return the document."""
    listed = list(routes)
    schemas, definitions = _schemas(listed)
    paths: dict[str, dict[str, Any]] = {}
    for route in listed:
        paths.setdefault(f"{PREFIX}{route.path}", {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Compress and Compare",
            "version": version,
            "description": "Projects, models, experiments, runs and measurements. Lists have `next`, and a "
            "`Link` header, where there is more. Answers to GET have an entity tag.",
        },
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token from the page Account. Not needed where nobody signs in.",
                }
            },
        },
        "security": [{"token": []}, {}],
    }


def _schemas(routes: list[Route]) -> tuple[Mapping[tuple[str, str], Any], dict[str, Any]]:
    """Return the schema of each route's body and answer, and the definitions that they refer to."""
    wanted: list[tuple[tuple[str, str], Any, TypeAdapter[Any]]] = []
    for route in routes:
        if route.body is not None:
            wanted.append(((route.name, "body"), "validation", TypeAdapter(route.body)))
        if route.answer is not None:
            wanted.append(((route.name, "answer"), "serialization", TypeAdapter(route.answer)))
    wanted.append((("", "problem"), "serialization", TypeAdapter(ProblemDetails)))
    found, shared = TypeAdapter.json_schemas(
        [(key, mode, adapter) for key, mode, adapter in wanted],
        ref_template="#/components/schemas/{model}",
    )
    schemas = {key: schema for (key, _mode), schema in found.items()}
    return schemas, dict(shared.get("$defs", {}))


def _operation(route: Route, schemas: Mapping[tuple[str, str], Any]) -> dict[str, Any]:
    parameters = [_place(name, kind) for name, kind in route.places.items()]
    if route.query is not None:
        parameters += _query(route.query)
    if route.once:
        parameters.append(_KEY)
    operation: dict[str, Any] = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": route.summary,
        "parameters": parameters,
        "responses": _responses(route, schemas),
        "security": [{"token": [route.role.value]}, {}],
    }
    if route.description:
        operation["description"] = route.description
    if route.body is not None:
        content = {_JSON: {"schema": schemas[route.name, "body"]}}
        operation["requestBody"] = {"required": True, "content": content}
    elif route.takes is not None:
        operation["requestBody"] = {"required": True, **_media(route.takes)}
    return operation


def _responses(route: Route, schemas: Mapping[tuple[str, str], Any]) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "Done."}
    if route.answer is not None:
        good["content"] = {_JSON: {"schema": schemas[route.name, "answer"]}}
    elif route.gives is not None:
        good = _media(route.gives)
    problem = {MEDIA_TYPE: {"schema": schemas["", "problem"]}}
    responses: dict[str, Any] = {str(route.status): good}
    if route.method == "GET":
        responses["304"] = {"description": "As it was, by its entity tag."}
    responses["default"] = {"description": "What went wrong, and what to do.", "content": problem}
    return responses


def _media(media: Media) -> dict[str, Any]:
    content = {name: {"schema": {"type": "string", "format": "binary"}} for name in media.types}
    return {"description": media.description, "content": content}


def _place(name: str, kind: type) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "integer", "minimum": 1} if kind is int else {"type": "string"}
    if issubclass(kind, StrEnum):
        schema["enum"] = [member.value for member in kind]
    about = {"project": "Short name of a project.", "kind": "Which kind."}.get(name, f"Id of a {name}.")
    return {"name": name, "in": "path", "required": True, "schema": schema, "description": about}


def _query(kind: type[BaseModel]) -> list[dict[str, Any]]:
    schema = kind.model_json_schema()
    needed, shared = schema.get("required", ()), schema.get("$defs", {})
    found = []
    for name, about in schema["properties"].items():
        told = about.pop("description", "")
        found.append(
            {
                "name": name,
                "in": "query",
                "required": name in needed,
                "schema": _inline(about, shared),
                "description": told,
            }
        )
    return found


def _inline(schema: Any, shared: Mapping[str, Any]) -> Any:
    """Return a schema with what it refers to in place: parameters have no definitions of their own."""
    if isinstance(schema, list):
        return [_inline(one, shared) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inline(shared[schema["$ref"].rpartition("/")[2]], shared)
    return {name: _inline(value, shared) for name, value in schema.items()}

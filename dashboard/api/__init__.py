"""The REST API: the services for programs, below `/api/v1`."""

from __future__ import annotations

import json
from importlib.metadata import version

from flask import Flask, Response

from core.services.application import Application
from dashboard.api import answering, changing, comparing, experiments, made_elsewhere, models, projects, runs
from dashboard.api.document import document
from dashboard.api.routes import PREFIX, Route

ROUTES: tuple[Route, ...] = (
    *projects.routes,
    *models.routes,
    *experiments.routes,
    *runs.routes,
    *comparing.routes,
    *changing.routes,
    *made_elsewhere.routes,
)
"""Every operation."""


def openapi() -> dict[str, object]:
    """Return the OpenAPI document."""
    return document(ROUTES, version=version("compress-and-compare"))


def register(server: Flask, product: Application) -> None:
    """Add every route, and the document that describes them."""
    told = json.dumps(openapi())

    def describe() -> Response:
        return Response(told, content_type="application/json")

    server.add_url_rule(f"{PREFIX}/openapi.json", "api.openapi", describe, methods=["GET"])
    answering.register(server, product, list(ROUTES))

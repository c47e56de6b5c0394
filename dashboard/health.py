"""Answers for load balancers and container checks."""

from __future__ import annotations

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from core.errors import CompressCompareError
from core.services.application import Application
from core.services.projects import projects


def register(server: Flask, product: Application) -> None:
    """Add `/healthz` (the process answers) and `/readyz` (its database answers and is migrated)."""

    def healthz() -> ResponseReturnValue:
        return jsonify(status="alive")

    def readyz() -> ResponseReturnValue:
        try:
            projects.list_projects(product)
        except CompressCompareError as error:
            return jsonify(status="not ready", message=error.message, hint=error.hint), 503
        except Exception as error:  # noqa: BLE001  whatever is wrong, the answer is "not ready"
            return jsonify(status="not ready", message=type(error).__name__), 503
        return jsonify(status="ready")

    server.add_url_rule("/healthz", view_func=healthz)
    server.add_url_rule("/readyz", view_func=readyz)

"""Makes the Dash application: shell, views, error handling, health checks and headers."""

from __future__ import annotations

from dataclasses import replace

from dash import Dash
from dash.exceptions import DependencyException, InvalidResourceError
from flask import Response
from flask.typing import ResponseReturnValue
from flask_compress import Compress

import dashboard.views
from core.registry import discover
from core.services.application import Application
from dashboard import access as access_pages
from dashboard import api, errors, headers, health, shell, static_files, uploading
from dashboard.access.caller import Access, present_caller
from dashboard.files import instance_pictures, model_files, project_archives
from dashboard.live import endpoint
from dashboard.operations import metrics
from dashboard.view import views

TITLE = "Compress and Compare"


def create(product: Application, access: Access | None = None) -> Dash:
    """Return the dashboard over `product`; `.server` is the WSGI application.

    access: how people reach it; without it everybody is the user of this machine.

    Reads no settings and keeps no state of people between requests.
    """
    discover(dashboard.views.__name__)
    access = access or Access()
    if access.sign_in:
        product = replace(product, who=present_caller)
    app = static_files.LastingAssets(
        "dashboard",
        title=TITLE,
        update_title="",
        serve_locally=True,
        suppress_callback_exceptions=True,
        assets_folder="assets",
        assets_ignore=".*",  # `shell.boot` puts them into the page
        on_error=errors.notify,
    )
    app.layout = shell.layout(TITLE, open_to_network=access.open_to_network)
    access_pages.register(app, product, access)
    shell.register(app, product)
    for _, view in views:
        view.register(app, product)
    health.register(app.server, product)
    metrics.register(app.server, product, access)
    uploading.register(app.server, product)
    instance_pictures.register(app.server, product)
    model_files.register(app.server, product)
    project_archives.register(app.server, product)
    endpoint.register(app.server, product)
    api.register(app.server, product)
    static_files.register(app)
    headers.register(app, access)
    for unknown in (DependencyException, InvalidResourceError):
        app.server.register_error_handler(unknown, _no_such_file)
    # Streams are files of this package; flask-compress would leave them open.
    app.server.config.update(COMPRESS_MIN_SIZE=1024, COMPRESS_STREAMS=False)
    Compress(app.server)
    app.server.after_request(_close_source)  # the last one registered runs first
    return app


def _no_such_file(_error: Exception) -> ResponseReturnValue:
    """Answer a forged address of a library's file as what it is, not as a fault of the server."""
    return "There is no such file.", 404


def _close_source(response: Response) -> Response:
    """Have the file behind a response closed with it: compressing replaces the file and forgets it."""
    close = getattr(response.response, "close", None)
    if callable(close):
        response.call_on_close(close)
    return response

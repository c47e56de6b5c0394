"""Exported models as downloads: `/models/<id>/export.zip`."""

from __future__ import annotations

import tempfile

from flask import Flask, Response, send_file
from flask.typing import ResponseReturnValue

from core.domain.ids import ModelId
from core.errors import CompressCompareError, Forbidden, NotFound
from core.services.application import Application
from core.services.exports.export import export_model


def source(model_id: ModelId) -> str:
    """Return the address of a model's archive."""
    return f"/models/{model_id}/export.zip"


def register(server: Flask, product: Application) -> None:
    """Add the address."""

    def archive(model_id: int) -> ResponseReturnValue:
        try:
            found = export_model(product, ModelId(model_id))
        except CompressCompareError as error:
            status = 404 if isinstance(error, NotFound) else 403 if isinstance(error, Forbidden) else 409
            return Response(f"{error.message} {error.hint}", status, mimetype="text/plain")
        file = tempfile.TemporaryFile()  # noqa: SIM115  closed with the response
        found.write(file)
        file.seek(0)
        return send_file(file, "application/zip", as_attachment=True, download_name=f"{found.name}.zip")

    server.add_url_rule("/models/<int:model_id>/export.zip", "model_export", archive)

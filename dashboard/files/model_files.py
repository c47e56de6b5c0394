"""Exported models as downloads: `/models/<id>/export.zip?format=packed`."""

from __future__ import annotations

import tempfile

from flask import Flask, Response, request, send_file
from flask.typing import ResponseReturnValue

from core.domain.ids import ModelId
from core.errors import CompressCompareError, Forbidden, Misconfigured, NotFound
from core.services.application import Application
from core.services.exports.export import ExportFormat, export_model


def source(model_id: ModelId, form: ExportFormat = ExportFormat.PACKED) -> str:
    """Return the address of a model's archive."""
    return f"/models/{model_id}/export.zip?format={form.value}"


def register(server: Flask, product: Application) -> None:
    """Add the address."""

    def archive(model_id: int) -> ResponseReturnValue:
        wanted = request.args.get("format", ExportFormat.PACKED.value)
        try:
            form = ExportFormat(wanted)
        except ValueError:
            known = ", ".join(ExportFormat)
            return Response(
                f"There is no format {wanted[:40]!r}; use one of {known}.", 400, mimetype="text/plain"
            )
        file = tempfile.TemporaryFile()  # noqa: SIM115  closed with the response
        try:
            with export_model(product, ModelId(model_id), form) as found:
                found.write(file)
        except CompressCompareError as error:
            file.close()
            return Response(f"{error.message} {error.hint}", _status(error), mimetype="text/plain")
        file.seek(0)
        return send_file(file, "application/zip", as_attachment=True, download_name=f"{found.name}.zip")

    server.add_url_rule("/models/<int:model_id>/export.zip", "model_export", archive)


def _status(error: CompressCompareError) -> int:
    known = {NotFound: 404, Forbidden: 403, Misconfigured: 501}
    return next((status for kind, status in known.items() if isinstance(error, kind)), 409)

"""Projects as downloads: `/projects/<id>/archive.zip`, streamed as it is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlencode

from flask import Flask, Response, request, stream_with_context
from flask.typing import ResponseReturnValue

from core.domain.ids import ModelId, ProjectId
from core.errors import CompressCompareError, Forbidden, NotFound
from core.services.application import Application
from core.services.project_archives.exporting import ArchiveParts, project_archive
from core.services.projects.projects import get_project
from dashboard.address import read_ids, write_ids

ALL, NONE = "all", "none"
ARRIVING = "/archives"
"""Where archives are sent to, see `dashboard.uploading`."""


def source(project_id: ProjectId, model_ids: list[int] | None) -> str:
    """Return the address of a project's archive with the weights of these models, None: of all."""
    weights = ALL if model_ids is None else write_ids(model_ids) or NONE
    return f"/projects/{project_id}/archive.zip?{urlencode({'weights': weights})}"


def register(server: Flask, product: Application) -> None:
    """Add the address."""

    def give(project_id: int) -> ResponseReturnValue:
        asked = request.args.get("weights", NONE)
        chosen = None if asked == ALL else [ModelId(one) for one in read_ids(asked)]
        stack = ExitStack()
        try:
            project = get_project(product, project_id)
            archive = stack.enter_context(project_archive(product, project, weights_of=chosen))
        except CompressCompareError as error:
            status = 404 if isinstance(error, NotFound) else 403 if isinstance(error, Forbidden) else 409
            return Response(f"{error.message} {error.hint}", status, mimetype="text/plain")
        answer = Response(stream_with_context(_streamed(archive, stack)), mimetype="application/zip")
        answer.headers["Content-Disposition"] = f'attachment; filename="{archive.file_name}"'
        answer.call_on_close(stack.close)
        return answer

    server.add_url_rule("/projects/<int:project_id>/archive.zip", "project_archive", give)


def _streamed(archive: ArchiveParts, stack: ExitStack) -> Iterator[bytes]:
    with stack:
        yield from (piece for piece in archive.pieces() if piece)

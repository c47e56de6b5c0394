"""Thumbnails of instances under addresses that never change their content."""

from __future__ import annotations

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue

from core.domain.ids import InstanceSetId
from core.errors import CompressCompareError, NotFound
from core.services.application import Application
from core.services.behaviour.instance_list import PictureAddress
from core.services.behaviour.instances import Pictures

_FOR_EVER = "private, max-age=31536000, immutable"


def source(picture: PictureAddress) -> str:
    """Return the address of a picture."""
    return f"/instances/{picture.set_id}/{picture.mark}/{picture.instance}.webp"


def register(server: Flask, product: Application) -> None:
    """Add the address of thumbnails; what is not there is not remembered by browsers."""
    pictures = Pictures(product)

    def picture(set_id: int, mark: str, instance: int) -> ResponseReturnValue:
        tag = f'"{set_id}-{mark}-{instance}"'
        if request.headers.get("If-None-Match") == tag:
            return Response(status=304, headers={"ETag": tag, "Cache-Control": _FOR_EVER})
        try:
            content = pictures.picture(InstanceSetId(set_id), mark, instance)
        except CompressCompareError as error:
            status = 404 if isinstance(error, NotFound) else 410
            return Response(str(error), status, {"Cache-Control": "no-store"}, mimetype="text/plain")
        return Response(content, headers={"ETag": tag, "Cache-Control": _FOR_EVER}, mimetype="image/webp")

    server.add_url_rule("/instances/<int:set_id>/<mark>/<int:instance>.webp", "instance_picture", picture)

"""A small file that somebody chose on a page, as `dcc.Upload` hands it over."""

from __future__ import annotations

import base64
import binascii

from core.errors import InvalidInput


def decoded(contents: str) -> bytes:
    """Return the bytes of a file as the browser hands it over: `data:<type>;base64,<content>`.

    Raises:
        InvalidInput: it is something else.
    """
    try:
        return base64.b64decode(contents.partition(",")[2], validate=True)
    except binascii.Error as error:
        raise InvalidInput.of("", "The file did not arrive whole.", "Choose it again.") from error

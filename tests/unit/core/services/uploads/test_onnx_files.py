"""ONNX files that are uploaded are whole, or refused before they are stored."""

from __future__ import annotations

import io

import pytest

from core.errors import InvalidInput
from core.services.uploads.onnx_files import weight_count

# ModelProto: ir_version 10; graph (7): two initializers (5) of two bytes each, then a name (2)
GRAPH = b"\x2a\x02ab\x2a\x02cd\x12\x01g"
WHOLE = b"\x08\x0a\x3a" + bytes([len(GRAPH)]) + GRAPH


def test_weights_are_counted() -> None:
    assert weight_count(io.BytesIO(WHOLE), name="a.onnx", size_bytes=len(WHOLE)) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"PK\x03\x04", "is not an ONNX file"), (WHOLE[:-2], "cut off"), (b"\x08\x0a", "has no graph")],
    ids=["archive", "cut off", "empty"],
)
def test_others_are_refused(content: bytes, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        weight_count(io.BytesIO(content), name="a.onnx", size_bytes=len(content))

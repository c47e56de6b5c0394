"""Safetensors files are known by their headers alone: whole ones pass, each kind of damage is told."""

from __future__ import annotations

import io
import json
import math
import pickle
import struct
import time
from contextlib import suppress
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save

from core.errors import InvalidInput
from core.services.uploads.tensor_files import MOST_HEADER_BYTES, tensor_count

WHOLE = save({"a": torch.zeros(2, 3), "b": torch.zeros(4, dtype=torch.float16)}, {"format": "pt"})


def written(header: Any, content: bytes = b"", *, length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + content


def entry(start: int, stop: int, *, shape: tuple[Any, ...] = (1,), dtype: str = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [start, stop]}


def count(content: bytes, *, size: int | None = None) -> int:
    whole = len(content) if size is None else size
    return tensor_count(io.BytesIO(content), name="w.safetensors", size_bytes=whole)


def refusal(content: bytes, *, size: int | None = None) -> str:
    with pytest.raises(InvalidInput) as refused:
        count(content, size=size)
    (problem,) = refused.value.problems
    assert problem.field == "file"
    assert problem.hint
    return problem.message


def test_tensors_of_a_whole_file_are_counted_without_its_metadata() -> None:
    assert count(WHOLE) == 2


def test_the_header_alone_is_enough() -> None:
    header = 8 + int.from_bytes(WHOLE[:8], "little")
    assert count(WHOLE[:header], size=len(WHOLE)) == 2


@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(0, 4), max_size=3),
            st.sampled_from([torch.float32, torch.bfloat16, torch.int8, torch.bool, torch.float8_e4m3fn]),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_whatever_the_library_writes_is_taken(drawn: list[tuple[list[int], torch.dtype]]) -> None:
    tensors = {f"t{at}": torch.zeros(shape, dtype=dtype) for at, (shape, dtype) in enumerate(drawn)}
    assert count(save(tensors)) == len(drawn)


@pytest.mark.parametrize("cut", [1, 20])
def test_a_file_that_ends_too_early_is_cut_off(cut: int) -> None:
    assert "is cut off: its tensors need" in refusal(WHOLE[:-cut])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (WHOLE[:30], "is cut off: its header needs"),
        (WHOLE + b"more", "4 bytes follow its last tensor"),
        (written({}), "holds no tensors"),
        (written({"__metadata__": {"by": "me"}}), "holds no tensors"),
        (written(b"{nothing"), "its header is not JSON"),
        (written(b"{", length=0), "its header is not JSON"),
        (written(b'{"a":' * 50_000), "its header is not JSON"),
        (written({"a": 1}), "does not say where 'a' is"),
        (written({"a": entry(4, 0)}, b"1234"), "does not say where 'a' is"),
        (written({"a": entry(0, 4, shape=(-1,))}, b"1234"), "does not say where 'a' is"),
        (written({"a": entry(0, 4), "b": entry(2, 6)}, b"123456"), "the tensor 'b' overlaps another one"),
        (written({"a": entry(0, 4), "b": entry(8, 12)}, b"1" * 12), "leaves 4 bytes unused before it"),
        (written({"a": entry(0, 4, shape=(True,))}, b"1234"), "does not say where 'a' is"),
        (written({"a": entry(0, 4, shape=(2**63,))}, b"1234"), "does not say where 'a' is"),
        (written({"a": entry(0, 2**63)}, b"1234"), "does not say where 'a' is"),
        (written({"a": entry(0, 4, shape=(1,) * 65)}, b"1234"), "does not say where 'a' is"),
        (written({"a": entry(0, 4, shape=(math.nan,))}, b"1234"), "its header is not JSON"),
        (written({"a": entry(0, 4), "b": math.inf}, b"1234"), "its header is not JSON"),
        (written({"a": entry(0, 10**20)}, b"1234"), "its header has a number of 21 digits"),
        (written({"a": entry(0, 4, shape=(2,))}, b"1234"), "of shape [2] cannot be 4 bytes"),
        (written({"a": entry(0, 400, shape=(100,))}, b"1234"), "is cut off: its tensors need"),
        (pickle.dumps({"a": 1}), "is not a safetensors file: it is a pickle"),
        (b"PK\x03\x04" + bytes(100), "is not a safetensors file: it is a PyTorch file"),
        (b"version https://git-lfs.github.com/spec/v1\n", "only a pointer to a file in Git LFS"),
        (b"hello, this is some text", "is not a safetensors file: it does not begin as one"),
    ],
    ids=[
        *("empty", "cut in the header", "too long", "no tensors", "only metadata", "no JSON", "no header"),
        *("deep", "no entry", "backwards", "negative shape", "overlap", "gap"),
        *("truth", "large shape", "large offset", "dimensions", "NaN", "infinity", "digits"),
        *("shape", "beyond the end"),
        *("pickle", "archive", "pointer", "text"),
    ],
)
def test_what_is_wrong_is_told(content: bytes, said: str) -> None:
    assert said in refusal(content)


@pytest.mark.parametrize("field", ["shape", "data_offsets"])
def test_numbers_that_no_file_has_cost_nothing_and_are_not_repeated(field: str) -> None:
    numbers = ",".join(["9" * 4300] * 4000)
    fields = {"dtype": '"F32"', "shape": "[1]", "data_offsets": "[0,4]"} | {field: f"[{numbers}]"}
    header = ",".join(f'"{name}":{value}' for name, value in fields.items())
    began = time.process_time()
    said = refusal(written(f'{{"a":{{{header}}}}}'.encode()))
    assert "its header has a number of 4,300 digits" in said
    assert time.process_time() - began < 2


def test_a_large_shape_is_quoted_in_short() -> None:
    said = refusal(written({"a": entry(0, 4, shape=(2**63 - 1,) * 64)}, b"1234"))
    assert "cannot be 4 bytes" in said
    assert len(said) < 250


def test_a_header_that_no_model_needs_is_not_read() -> None:
    start = struct.pack("<Q", MOST_HEADER_BYTES + 1) + b"{"
    assert "at most 25,000,000" in refusal(start, size=10**12)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_words(content: bytes) -> None:
    refusal(content)


@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=4))
def test_damage_is_refused_in_words_or_harmless(at: int, damage: bytes) -> None:
    with suppress(InvalidInput):
        assert count(WHOLE[:at] + damage + WHOLE[at + len(damage) :]) in {1, 2}

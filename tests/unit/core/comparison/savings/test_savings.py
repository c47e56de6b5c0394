"""What is told of bytes and time, recomputed from the rows that it follows from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.comparison.savings.finding import Measured, Timed, size_statements, speed_statements
from core.comparison.savings.tables import bytes_by_kind, layer_times, tensors
from core.comparison.savings.words import paragraph, written
from core.domain.measurement.evaluation import Arrays
from core.domain.measurement.stored_bytes import ByteKind
from core.testing.sentences.savings import Layer, Stored, check_savings

Row = tuple[str, str, int, int]
_NAMES = ("stem.weight", "blocks.0.weight", "embed.weight", "norm.weight", "head.weight")
_ARITHMETIC = ("float32", "float32 from 4-bit codes", "int8 weights (torchao 0.18.0)", "no weights")


def arrays(rows: list[Row]) -> Arrays:
    names, kinds, sizes, numbers = zip(*rows, strict=True)
    return {
        "tensor": np.array(names),
        "kind": np.array(kinds),
        "bytes": np.array(sizes, np.int64),
        "numbers": np.array(numbers, np.int64),
    }


def costs(layers: dict[str, Layer], *, before: bool) -> Arrays:
    chosen = {name: each for name, each in layers.items() if not before or each.share_before is not None}
    return {
        "module": np.array(list(chosen), dtype=np.str_),
        "module_type": np.array([each.kind for each in chosen.values()], dtype=np.str_),
        "arithmetic": np.array(
            [each.arithmetic_before if before else each.arithmetic for each in chosen.values()], dtype=np.str_
        ),
        "time_ms": np.array([10.0 * each.share for each in chosen.values()]),
        "time_share": np.array(
            [each.share_before if before else each.share for each in chosen.values()], np.float64
        ),
        "flops": np.array(
            [each.flops_before if before else each.flops for each in chosen.values()], np.int64
        ),
    }


def measured(stored: Stored) -> Measured:
    now, before = arrays(stored.now), arrays(stored.before) if stored.before else {}
    layers = dict(stored.layers)
    after, past = costs(layers, before=False), costs(layers, before=True)
    return Measured(
        kinds=bytes_by_kind(now, before),
        tensors=tensors(now, before, {}),
        layers=layer_times(after, past if len(past["module"]) else {}, {}),
        zeros=stored.zeros,
        sparsity=stored.sparsity,
        flops=stored.flops[1] if stored.flops else None,
        flops_before=stored.flops[0] if stored.flops else None,
        timed=Timed("Latency, batch 64", *stored.times) if stored.times else None,
    )


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    found: list[Row] = [("", "header", draw(st.integers(100, 5000)), 0)]
    for name in _NAMES:
        numbers = draw(st.integers(1, 10**7))
        form = draw(st.sampled_from(["plain", "coded", "masked"]))
        if form == "plain":
            kind = draw(st.sampled_from(["plain weights", "embeddings", "norms and biases"]))
            found.append((name, kind, 4 * numbers, numbers))
        if form == "coded":
            found += [
                (name, "codes", numbers, numbers),
                (name, "scales", draw(st.integers(4, numbers + 4)), 0),
            ]
        if form == "masked":
            kept = draw(st.integers(0, numbers))
            found += [(name, "masks", -(-numbers // 8), 0), (name, "kept values", 4 * kept, numbers)]
    return found


@st.composite
def situations(draw: st.DrawFn) -> Stored:
    now = draw(rows())
    raw = draw(st.lists(st.integers(1, 1000), min_size=3, max_size=5))
    past = draw(st.lists(st.integers(1, 1000), min_size=len(raw), max_size=len(raw)))
    layers = {
        name: Layer(
            draw(st.sampled_from(["Conv2d", "Linear"])),
            share / sum(raw),
            draw(st.sampled_from(_ARITHMETIC)),
            draw(st.integers(0, 3)),
            old / sum(past),
            draw(st.sampled_from(_ARITHMETIC)),
            draw(st.integers(0, 3)),
        )
        for name, share, old in zip(_NAMES, raw, past, strict=False)
    }
    return Stored(
        now,
        draw(st.one_of(st.none(), rows(), st.just(now))),
        {name: draw(st.integers(0, numbers)) for name, use, _, numbers in now if numbers and use},
        layers,
        draw(st.one_of(st.none(), st.tuples(st.floats(0.1, 100), st.floats(0.1, 100)))),
        draw(st.one_of(st.none(), st.floats(0, 1))),
        draw(st.one_of(st.none(), st.tuples(st.just(1e9), st.sampled_from([1e9, 5e8])))),
    )


@given(situations())
def test_every_sentence_follows_from_what_is_stored(stored: Stored) -> None:
    given = measured(stored)
    for statement in (*size_statements(given), *speed_statements(given)):
        check_savings(stored, statement, written(statement))


def test_uses_add_up_to_the_file() -> None:
    now: list[Row] = [("", "header", 80, 0), ("a", "codes", 10, 20), ("a", "scales", 4, 0)]
    found = bytes_by_kind(arrays(now), {})
    assert {each.kind: each.after for each in found} == {
        ByteKind.CODES: 10,
        ByteKind.SCALES: 4,
        ByteKind.HEADER: 80,
    }
    assert all(each.before is None for each in found)


def test_an_uncoded_classifier_is_what_keeps_a_file_large() -> None:
    before: list[Row] = [
        ("", "header", 100, 0),
        ("body.weight", "plain weights", 4_000_000, 1_000_000),
        ("head.weight", "plain weights", 1_000_000, 250_000),
    ]
    now: list[Row] = [
        ("", "header", 120, 0),
        ("body.weight", "codes", 500_000, 1_000_000),
        ("body.weight", "scales", 4_000, 0),
        ("head.weight", "plain weights", 1_000_000, 250_000),
    ]
    told = paragraph(size_statements(measured(Stored(now, before))))
    assert told == (
        "The file has 1.5 MB instead of 5 MB, 3.3 times smaller. "
        "Its largest part is plain weights: 1 MB, 66 %, 5 MB before. "
        "One tensor with 1 MB (66 %) is stored as before, head.weight; "
        "at the 4.0 bits per number of the coded ones, that would be 126 kB."
    )


def test_zeros_in_single_places_make_nothing_faster() -> None:
    layers = {
        "conv": Layer("Conv2d", 0.75, "float32", 4, 0.7, "float32", 4),
        "fc": Layer("Linear", 0.25, "float32", 2, 0.3, "float32", 2),
    }
    stored = Stored([("", "header", 80, 0)], None, {}, layers, (5.0, 5.4), 0.62, (4e9, 4e9))
    told = paragraph(speed_statements(measured(stored)))
    assert told.startswith("Latency, batch 64: 5.4 ms instead of 5 ms, less than a quarter apart")
    assert (
        "One Conv2d layer takes 75 % of the layers' time; the slowest single layer is conv with 75 %." in told
    )
    assert "62 % of the weights are zero, but the model computes as many operations as before (4 G" in told


@pytest.mark.parametrize("zeros", [0.0, 0.05])
def test_nothing_is_told_without_a_figure(zeros: float) -> None:
    assert size_statements(Measured()) == ()
    assert speed_statements(Measured(sparsity=zeros, flops=1e9, flops_before=1e9)) == ()

"""The dots and the table of a selection: what they show, in which order, with which words."""

import math

import pytest

from core.comparison.grouping import grouped
from core.comparison.variables.variables import what_differs
from core.domain.recipe import Step
from core.testing.laboratory import ACCURACY, CATALOGUE, SIZE
from core.testing.projects.forests import model
from dashboard.figures.difference_table import difference_table
from dashboard.figures.grouped import draw_grouped
from dashboard.theme import DARK, LIGHT

SPECS = {spec.name: spec for spec in CATALOGUE.techniques}
BASE = model(1, metrics={"top1": 0.9, "file_bytes": 400.0})


def pruned(number, sparsity, top1, **changes):
    metrics = {"top1": top1, "file_bytes": 100.0 * number}
    return model(number, BASE, Step("prune", {"sparsity": sparsity}), metrics=metrics, **changes)


def quantized(number, parent, bits):
    return model(number, parent, Step("quantize", {"bits": bits}), metrics={"top1": 0.5})


def differing(models, *ids):
    return what_differs(models, list(ids), SPECS)


def drawn(models, *ids, theme=LIGHT):
    return draw_grouped(grouped(differing(models, *ids), models, [ACCURACY, SIZE]), theme)


def test_one_variable_is_the_axis_by_size():
    models = [BASE, pruned(2, 0.9, 0.4), pruned(3, 0.5, 0.8)]
    chart, size = drawn(models, 2, 3)
    assert [group["text"] for group in chart["groups"]] == ["0.5", "0.9"]
    assert [group["dots"][0]["text"] for group in chart["groups"]] == ["80.0 %", "40.0 %"]
    assert (chart["x"], chart["title"], chart["key"]) == (
        "sparsity",
        "Top-1 accuracy · higher is better",
        [],
    )
    assert size["title"] == "File size · lower is better"


def test_a_second_variable_is_the_colour_with_its_unit():
    half, most = pruned(2, 0.5, 0.8), pruned(3, 0.9, 0.4)
    models = [BASE, half, most, quantized(4, half, 8), quantized(5, most, 8)]
    chart = drawn(models, 2, 3, 4, 5)[0]
    assert len(chart["groups"]) == 2
    assert [dot["colour"] for dot in chart["groups"][0]["dots"]] == [entry["text"] for entry in chart["key"]]
    assert {dot["fill"] for group in chart["groups"] for dot in group["dots"]} == {
        entry["fill"] for entry in chart["key"]
    }


def test_models_without_the_step_are_named_so():
    models = [BASE, pruned(2, 0.5, 0.8), pruned(3, 0.9, 0.4)]
    chart = drawn(models, 1, 2, 3)[0]
    assert [group["text"] for group in chart["groups"]] == ["without", "0.5", "0.9"]


def test_repeats_with_other_seeds_fall_on_one_dot_with_their_range():
    models = [BASE, pruned(2, 0.5, 0.8, seed=1), pruned(3, 0.5, 0.6, seed=2), pruned(4, 0.9, 0.1, seed=1)]
    dot = drawn(models, 2, 3, 4)[0]["groups"][0]["dots"][0]
    assert (dot["low"], dot["high"], dot["ids"]) == (0.6, 0.8, ["2", "3"])
    assert dot["value"] == pytest.approx(0.7)
    assert dot["range"] == "mean of 2 models, 60.0 % to 80.0 %"


def test_one_model_has_its_interval_around_it():
    other = pruned(3, 0.9, 0.4, intervals={"top1": (0.35, 0.45)})
    first, second = (
        group["dots"][0] for group in drawn([BASE, pruned(2, 0.5, 0.8), other], 2, 3)[0]["groups"]
    )
    assert (first["low"], first["high"], first["range"]) == (0.8, 0.8, "")
    assert (second["low"], second["high"], second["range"]) == (0.35, 0.45, "95 % interval 35.0 % to 45.0 %")


def test_the_axis_shows_the_difference_of_values_far_from_zero():
    axis = drawn([BASE, pruned(2, 0.5, 0.953), pruned(3, 0.9, 0.960)], 2, 3)[0]["axis"]
    assert 0.94 < axis["low"] < 0.953
    assert 0.960 < axis["high"] < 0.97
    assert [text for _, text in axis["ticks"]] == ["95.4 %", "95.6 %", "95.8 %", "96.0 %"]


def test_many_colours_become_a_scale_of_the_theme():
    parents = [pruned(2 + n, 0.1 * (n + 1), 0.5) for n in range(8)]
    fours = [quantized(20 + n, parent, 4) for n, parent in enumerate(parents)]
    twos = [quantized(40 + n, parent, 2 + n) for n, parent in enumerate(parents)]
    models = [BASE, *parents, *fours, *twos]
    chart = drawn(models, *(one.id for one in [*fours, *twos]), theme=DARK)[0]
    assert len(chart["key"]) == 8
    assert (chart["key"][0]["fill"], chart["key"][-1]["fill"]) == (DARK.scale[0], DARK.scale[-1])


def test_unmeasured_models_are_counted_and_draw_no_dot():
    models = [BASE, pruned(2, 0.5, math.nan), pruned(3, 0.9, 0.4)]
    chart = drawn(models, 2, 3)[0]
    assert chart["note"] == "1 model not measured"
    assert [group["text"] for group in chart["groups"]] == ["0.9"]


def test_a_metric_that_no_model_has_is_not_drawn():
    models = [BASE, quantized(2, BASE, 8), quantized(3, BASE, 4)]
    assert [chart["title"][:5] for chart in drawn(models, 2, 3)] == ["Top-1"]


def test_the_table_has_a_row_per_model_and_bars_relative_to_the_largest():
    models = [BASE, pruned(2, 0.5, 0.8), pruned(3, 0.9, 0.4)]
    by_id = {one.id: one for one in models}
    table = difference_table(differing(models, 2, 3), by_id, [ACCURACY])
    assert [head[0] for head in table["heads"]] == ["Model", "sparsity", "Top-1 accuracy"]
    assert [row["cells"] for row in table["rows"]] == [
        ["model 2", "0.5", ["80.0 %", 1.0]],
        ["model 3", "0.9", ["40.0 %", 0.5]],
    ]


def test_the_table_draws_no_bars_where_zero_is_not_the_end():
    models = [BASE, pruned(2, 0.5, -0.8), pruned(3, 0.9, 0.4)]
    table = difference_table(differing(models, 2, 3), {one.id: one for one in models}, [ACCURACY])
    assert [row["cells"][2][1] for row in table["rows"]] == [None, None]

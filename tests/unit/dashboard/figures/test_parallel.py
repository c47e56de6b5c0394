"""Parallel coordinates: axes, places, ticks."""

import pytest

from core.domain.recipe import Step
from core.testing.laboratory import ACCURACY, CATALOGUE, LATENCY, SIZE
from core.testing.projects.forests import model
from dashboard.figures.encoding import VisualEncoding
from dashboard.figures.parallel import MOST_TICKS, default_fields, draw_parallel
from dashboard.theme import LIGHT

SPECS = {spec.name: spec for spec in CATALOGUE.techniques}
BASE = model(1, metrics={"top1": 0.9, "file_bytes": 400.0})
HALF = model(2, BASE, Step("prune", {"sparsity": 0.5}), metrics={"top1": 0.5})
MODELS = [
    BASE,
    HALF,
    model(3, BASE, Step("prune", {"sparsity": 0.9}), metrics={"top1": 0.7, "file_bytes": 100.0}),
    model(4, HALF, Step("quantize", {"bits": 4}), metrics={"top1": 0.6, "file_bytes": 100.0}),
]
METRICS = {metric.name: metric for metric in (ACCURACY, SIZE, LATENCY)}


def drawn(*fields, models=MODELS):
    encoding = VisualEncoding.of(models, theme=LIGHT, colour=ACCURACY, size=None)
    return draw_parallel(models, fields, METRICS, specs=SPECS, encoding=encoding)


def test_metrics_lie_between_their_smallest_and_largest_value():
    scene = drawn("metric:top1", "metric:file_bytes")
    assert [line["places"] for line in scene["lines"]] == [
        pytest.approx([1.0, 1.0]),
        [0.0, None],
        pytest.approx([0.5, 0.0]),
        pytest.approx([0.25, 0.0]),
    ]
    assert scene["axes"][0]["ticks"] == [[0.0, "50.0 %"], [0.5, "70.0 %"], [1.0, "90.0 %"]]


def test_parameters_have_a_place_per_value_and_count_anywhere_in_the_recipe():
    scene = drawn("parameter:prune:sparsity")
    assert [line["places"] for line in scene["lines"]] == [[None], [0.0], [1.0], [0.0]]
    assert scene["axes"][0]["ticks"] == [[0.0, "0.5"], [1.0, "0.9"]]
    assert scene["axes"][0]["label"] == "sparsity"


def test_axes_of_the_same_name_say_below_what_tells_them_apart():
    axes = drawn("parameter:prune:bits", "parameter:quantize:bits", "metric:file_bytes")["axes"]
    assert [axis["below"] for axis in axes] == [
        "magnitude pruning",
        "weight-only quantization",
        "lower is better",
    ]


def test_many_values_are_thinned_to_readable_ticks():
    many = [BASE, *(model(2 + n, BASE, Step("prune", {"sparsity": n / 100})) for n in range(90))]
    assert 2 < len(drawn("parameter:prune:sparsity", models=many)["axes"][0]["ticks"]) <= MOST_TICKS


def test_unknown_axes_are_left_out():
    assert [axis["field"] for axis in drawn("metric:gone", "metric:top1")["axes"]] == ["metric:top1"]
    assert drawn("metric:gone")["lines"] == []


@pytest.mark.parametrize("field", ["parameter:gone", "parameter:", "tag", "x:y:z"])
def test_odd_fields_have_no_values(field):
    assert {place for line in drawn(field)["lines"] for place in line["places"]} == {None}


def test_a_metric_with_one_value_stands_at_the_foot():
    models = [model(number, metrics={"top1": 0.5}) for number in (1, 2)]
    scene = drawn("metric:top1", models=models)
    assert (scene["lines"][0]["places"], scene["axes"][0]["ticks"]) == ([0.0], [[0.0, "50.0 %"]])


def test_the_usual_axes_are_what_varies_and_what_leads():
    fields = default_fields(MODELS, [ACCURACY, SIZE, LATENCY])
    assert fields == ("parameter:prune:sparsity", "metric:top1", "metric:file_bytes")


def test_names_with_colons_have_an_axis_of_their_own():
    pruned = [
        model(number, BASE, Step("aten::prune", {"amount:share": share, "bits": bits}))
        for number, share, bits in ((2, 0.5, 4), (3, 0.9, 8), (4, 0.9, 2))
    ]
    models = [BASE, *pruned]
    scene = drawn(*default_fields(models, []), models=models)
    assert [(axis["label"], axis["below"]) for axis in scene["axes"]] == [
        ("amount:share", "aten::prune"),
        ("bits", "aten::prune"),
    ]
    assert [line["places"] for line in scene["lines"]] == [[None, None], [0.0, 0.5], [1.0, 1.0], [1.0, 0.0]]

"""The scene of the map: looks, labels, headings."""

import pytest

from core.comparison.map.map_columns import Arrangement, ColumnKey
from core.domain.queue.run import RunStatus
from core.domain.recipe import Step
from core.testing.laboratory import ACCURACY, CATALOGUE, SIZE
from core.testing.projects.forests import model
from dashboard.figures.encoding import VisualEncoding
from dashboard.figures.map.model_map import MapContent, column_label, draw_map
from dashboard.theme import LIGHT

SPECS = {spec.name: spec for spec in CATALOGUE.techniques}
BASE = model(1, name="residual CNN", metrics={"top1": 0.95, "file_bytes": 300.0})


def quantized(number, bits, **changes):
    return model(number, BASE, Step("quantize", {"bits": bits}), **changes)


def scene(*models, arrangement=Arrangement.BY_OPERATION):
    encoding = VisualEncoding.of(models, theme=LIGHT, colour=ACCURACY, size=SIZE)
    return draw_map(MapContent(models, arrangement, (ACCURACY, SIZE), SPECS), encoding)


def node(drawn, number):
    return next(one for one in drawn["nodes"] if one["id"] == str(number))


def test_a_measured_model_has_its_colour():
    drawn = scene(BASE, quantized(2, 4, metrics={"top1": 0.5}))
    assert (node(drawn, 1)["look"], node(drawn, 1)["fill"]) == ("made", LIGHT.scale[-1])
    assert node(drawn, 2)["fill"] == LIGHT.scale[0]


@pytest.mark.parametrize(
    ("status", "label"),
    [
        (RunStatus.WAITING, "4 bit"),
        (RunStatus.QUEUED, "4 bit"),
        (RunStatus.RUNNING, "4 bit · 64 %"),
        (RunStatus.FAILED, "4 bit · failed"),
        (RunStatus.CANCELLED, "4 bit · cancelled"),
        (RunStatus.SUCCEEDED, "4 bit"),
    ],
)
def test_a_model_without_figures_is_a_picture_of_its_state(status, label):
    drawn = scene(BASE, quantized(2, 4, status=status, progress=0.64), quantized(3, 8))
    assert node(drawn, 2)["look"] == "pictured"
    assert node(drawn, 2)["label"] == label


def test_pictures_of_states_differ():
    states = [RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.SUCCEEDED]
    drawn = scene(BASE, *(quantized(n, n, status=status) for n, status in enumerate(states, start=2)))
    assert len({one["icon"] for one in drawn["nodes"] if one["look"] == "pictured"}) == len(states)


def test_only_failures_are_red():
    drawn = scene(BASE, quantized(2, 2, status=RunStatus.FAILED), quantized(3, 4, status=RunStatus.CANCELLED))
    assert [node(drawn, n)["failed"] for n in (2, 3)] == [True, False]


def test_columns_have_headings_with_their_models():
    drawn = scene(BASE, quantized(2, 8), quantized(3, 4))
    assert [(c["label"], c["ids"]) for c in drawn["columns"]] == [
        ("base", ["1"]),
        ("weight-only quantization", ["3", "2"]),
    ]


def test_a_repeated_operation_says_so():
    second = model(3, quantized(2, 8), Step("quantize", {"bits": 4}))
    drawn = scene(BASE, quantized(2, 8), second)
    assert [c["label"] for c in drawn["columns"]][-1] == "weight-only quantization, 2nd"


def test_columns_by_step_tell_their_operations():
    drawn = scene(BASE, quantized(2, 8), arrangement=Arrangement.BY_STEP)
    assert [(c["label"], c["detail"]) for c in drawn["columns"]] == [
        ("base", "base"),
        ("step 1: weight-only quantization", "weight-only quantization"),
    ]
    mixed = scene(BASE, quantized(2, 8), model(3, BASE, Step("prune")), arrangement=Arrangement.BY_STEP)
    assert [column["label"] for column in mixed["columns"]] == ["base", "step 1"]


def test_labels_name_the_operation_where_a_column_holds_several():
    pruned = model(3, BASE, Step("prune", {"sparsity": 0.5}))
    models = (BASE, quantized(2, 8), quantized(4, 4), pruned)
    drawn = scene(*models, arrangement=Arrangement.BY_STEP)
    assert [node(drawn, number)["label"] for number in (1, 2, 3)] == [
        "residual CNN",
        "weight-only quantization 8 bit",
        "magnitude pruning",
    ]
    assert node(scene(*models), 2)["label"] == "8 bit"


def test_columns_of_recipes_in_another_order_have_names_of_their_own():
    keys = [ColumnKey(lap, "prune", occurrence) for lap in range(3) for occurrence in (1, 2)]
    names = [column_label(key, SPECS, Arrangement.BY_OPERATION) for key in keys]
    assert len(set(names)) == len(names)
    assert names[1] == "magnitude pruning, 2nd"


def test_tooltip_tells_the_change_against_the_parent():
    told = node(scene(BASE, quantized(2, 4, metrics={"top1": 0.90, "file_bytes": 100.0})), 2)["tip"]
    assert told["rows"] == [
        ["Top-1 accuracy", "90.0 %", "\N{MINUS SIGN}5.0 pts", "worse"],
        ["File size", "100 B", "\N{MINUS SIGN}200 B", "better"],
    ]
    assert (told["against"], told["operation"]) == ("residual CNN", "weight-only quantization: bits 4 bit")


def test_only_what_a_model_has_is_sent_besides_its_looks():
    student = quantized(2, 4, teacher_id=BASE.id, tags=("shipped",), metrics={"top1": 0.5})
    drawn = scene(BASE, student, quantized(3, 8))
    assert {key: node(drawn, 2)[key] for key in ("teacher", "tags", "share", "value")} == {
        "teacher": "1",
        "tags": ["shipped"],
        "share": 0.0,
        "value": "50.0 %",
    }
    assert not {"teacher", "tags", "share", "value"} & set(node(drawn, 3))


def test_a_map_that_cannot_be_read_in_one_view_says_what_to_fold():
    drawn = scene(BASE, *(quantized(number, number) for number in range(2, 82)))
    assert sum(map(len, drawn["folds"])) == 80
    assert scene(BASE, quantized(2, 8))["folds"] == []

"""The CSV of what is shown: the figures of the page as plain numbers, names that stay texts."""

import csv
import io

import pyarrow.parquet as arrow_parquet
import pytest

from core.domain.recipe import SweepStep
from core.services.behaviour.behaviour import behaviour, group_table
from core.services.comparison.metrics import compare_metrics
from core.services.models.models import list_models
from core.testing.projects.answering import answer
from dashboard.views.compare.downloads.tables import groups_file, metrics_file, parquet

CLASSES = ("=common", 'rare, "odd"')
LABELS = [0] * 100 + [1] * 100


@pytest.fixture
def ids(app, laboratory, project, base):
    laboratory.sweep(project, base.id, ((SweepStep("prune", {"sparsity": (0.9,)}),),))
    laboratory.play()
    found = [model.id for model in list_models(app, project.id)]
    for model_id, right in zip(found, (90, 20), strict=True):
        answers = [0] * 100 + [int(each < right) for each in range(100)]
        answer(laboratory, model_id, LABELS, answers, class_names=CLASSES)
    return found


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_groups_are_lines_with_plain_numbers(app, ids):
    found = behaviour(app, ids[1:])
    names = {model_id: f"model {model_id}" for model_id in ids}
    overall, common, rare = lines(groups_file(found, group_table(app, found, "class"), names))
    assert float(overall["change"]) == pytest.approx(-0.35)
    assert (common["group"], rare["group"]) == ("'=common", 'rare, "odd"')
    assert float(rare["change"]) == pytest.approx(-0.7)
    assert float(rare["relative change of the error rate"]) == pytest.approx(80 / 10 - 1)
    assert rare["significant"] == "True"
    assert common["relative change of the error rate"] == ""  # the baseline makes no error there


def test_metrics_are_lines_with_units(app, ids):
    names = {model_id: f"model {model_id}" for model_id in ids}
    found = {
        (line["metric"], int(line["model id"])): line
        for line in lines(metrics_file(compare_metrics(app, ids[1:]), names))
    }
    accuracy = found["Top-1 accuracy [fraction]", ids[1]]
    assert float(accuracy["change"]) == pytest.approx(-0.35)
    assert accuracy["verdict"] == "worse"
    assert found["File size [B]", ids[1]]["verdict"] == "better"


def test_parquet_holds_the_same_table_with_types(app, ids):
    found = behaviour(app, ids[1:])
    names = {model_id: f"model {model_id}" for model_id in ids}
    text = groups_file(found, group_table(app, found, "class"), names)
    rows = arrow_parquet.read_table(io.BytesIO(parquet(text))).to_pylist()
    assert [row["group"] for row in rows] == [line["group"] for line in lines(text)]
    assert rows[2]["change"] == pytest.approx(-0.7)
    assert rows[2]["significant"] is True
    assert rows[1]["relative change of the error rate"] is None

"""Predictions made elsewhere become an evaluation; files that are wrong are refused with line and column."""

import json

import pyarrow as pa
import pytest
from pyarrow import parquet

from core.domain.recipe import SweepStep
from core.errors import InvalidInput, NotFound, UnusableInput
from core.services.behaviour.behaviour import behaviour
from core.services.imports.imported_predictions import import_predictions
from core.services.models.models import get_model, list_models
from core.testing.laboratory import ACCURACY, Laboratory
from core.testing.projects.answering import answer
from core.testing.projects.showing import keep_texts

CLASSES = ("a, b", "<i>c</i>")
LABELS = [0, 0, 1, 1]


@pytest.fixture
def pair(app, laboratory, project, base):
    """A base that was evaluated on four instances named 0 to 3, and a pruned model that was not."""
    laboratory.sweep(project, base.id, ((SweepStep("prune", {"sparsity": (0.9,)}),),))
    laboratory.play()
    ids = [model.id for model in list_models(app, project.id)]
    answer(laboratory, ids[0], LABELS, LABELS, class_names=CLASSES)
    keep_texts(app, project.datasets[0].id, ["w", "x", "y", "z"])
    return ids


def write(tmp_path, text, name="predictions.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_in_any_order_become_an_evaluation(app, pair, tmp_path):
    text = 'id,prediction,"probability:a, b",probability:<i>c</i>\n3,"a, b",0.6,0.4\n2,<i>c</i>,0.1,0.9\n'
    text += '0,"a, b",1,0\n1,<i>c</i>,0.25,0.75\n'
    imported = import_predictions(app, write(tmp_path, text), pair[1])
    assert imported.right == 2
    assert get_model(app, pair[1]).model.metrics[ACCURACY.name] == 0.5
    found = behaviour(app, [pair[1]])
    given = found.predictions[pair[1]]
    assert given.prediction.tolist() == [0, 1, 1, 0]
    assert given.confidence is not None
    assert given.confidence.tolist() == pytest.approx([1, 0.75, 0.9, 0.6], abs=1e-3)
    assert found.comparison.models[0].flips.regressions == 2
    assert [row.cells[0].share for row in found.comparison.tables["class"]] == [0.5, 0.5]
    assert found.comparison.models[0].divergence is None  # the base keeps no probabilities


def test_parquet_and_class_numbers_are_read(app, pair, tmp_path):
    path = tmp_path / "p.parquet"
    parquet.write_table(pa.table({"id": ["0", "1", "2", "3"], "prediction": [0, 0, 1, 0]}), path)
    assert import_predictions(app, path, pair[1]).right == 3


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ({"id": pa.repeat(0, 30_000_000), "prediction": pa.repeat(0, 30_000_000)}, "60,000,000 values"),
        ({"id": pa.repeat(0, 2_000), "prediction": pa.repeat("a" * 1_000_000, 2_000)}, "2,000,000,000 bytes"),
        ({"id": pa.array([[0]]), "prediction": pa.array([0])}, "lists or fields"),
    ],
    ids=["rows", "texts", "lists"],
)
def test_a_small_file_that_stands_for_too_much_is_refused(app, pair, tmp_path, columns, problem):
    path = tmp_path / "p.parquet"
    columns = {
        name: part.dictionary_encode() if name == "prediction" else part for name, part in columns.items()
    }
    parquet.write_table(pa.table(columns), path, compression="zstd")
    assert path.stat().st_size < 500_000
    with pytest.raises(InvalidInput, match=problem):
        import_predictions(app, path, pair[1])


def test_sample_logs_of_the_harness_are_read(app, pair, tmp_path):
    choices = [[[-1.0, False], [-3.0, False]], [[-2.5, False], [-0.5, True]]]
    lines = [
        {"doc_id": place, "filtered_resps": choices[label], "acc": 1.0, "target": label}
        for place, label in enumerate(LABELS)
    ]
    text = "\n".join(map(json.dumps, lines))
    assert import_predictions(app, write(tmp_path, text, "samples.jsonl"), pair[1]).right == 4


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "holds no prediction"),
        ("name,prediction\n0,1\n", "There is no column id"),
        ("id,label\n0,1\n", "There is no column prediction"),
        ("id,prediction,colour\n0,1,red\n", "The column 'colour' is not known"),
        ("id,prediction\n0,0\n1\n", "Line 3 has 1 cells, but there are 2 columns"),
        ("id,prediction,confidence\n0,0,high\n", "Line 2, column confidence: 'high' is no probability"),
        ("id,prediction,confidence\n0,0,nan\n", "Line 2, column confidence"),
        ("id,prediction\n0,0\n0,1\n", "Line 3, column id: '0' stands in line 2 already"),
        ("id,prediction\n0,0\n1,0\n2,1\n", "1 of 4 instances have no prediction, the first of them '3'"),
        ("id,prediction\n0,0\n1,0\n2,1\n9,1\n", "Line 5, column id: there is no instance '9'"),
        ("id,prediction\n0,0\n1,0\n2,1\n3,dog\n", "Line 5, column prediction: there is no class 'dog'"),
        (
            "id,prediction,probability:<i>c</i>\n0,0,0.3\n1,0,0.3\n2,0,1\n3,0,1\n",
            "Line 2: the probabilities add up to 0.3",
        ),
        ('id,prediction\n0,"a\n', "is no CSV"),
    ],
)
def test_a_malformed_file_imports_nothing(app, pair, tmp_path, text, problem):
    with pytest.raises(InvalidInput, match=problem):
        import_predictions(app, write(tmp_path, text), pair[1])
    with app.unit_of_work() as uow:
        assert all(one.environment.get("imported") is None for one in uow.evaluations.of_model(pair[1]))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "Line 2, column 2: no JSON"),
        ("[1]", "Line 2 is no sample of the harness"),
        ('{"doc_id": 1}', "Line 2 is no sample of the harness: no 'resps'"),
    ],
)
def test_a_malformed_sample_log_names_the_line(app, pair, tmp_path, line, problem):
    text = json.dumps({"doc_id": 0, "filtered_resps": ["0"]}) + "\n" + line
    with pytest.raises(InvalidInput, match=problem):
        import_predictions(app, write(tmp_path, text, "samples.jsonl"), pair[1])


def test_what_is_missing_is_named(app, pair, laboratory, tmp_path):
    path = write(tmp_path, "id,prediction\n0,0\n")
    with pytest.raises(NotFound, match="no model with id 99"):
        import_predictions(app, path, 99)
    with pytest.raises(InvalidInput, match="cannot be read"):
        import_predictions(app, tmp_path / "none.csv", pair[1])
    with pytest.raises(InvalidInput, match=r"predictions.xls is no kind of file"):
        import_predictions(app, write(tmp_path, "x", "predictions.xls"), pair[1])
    other = laboratory.base(laboratory.project("Other", "other"), seed=3)
    with pytest.raises(UnusableInput, match="No model of the project was evaluated"):
        import_predictions(app, path, other.id)


def test_predictions_are_names_or_places_of_classes_never_both(app, pair, tmp_path):
    answer(Laboratory(app), pair[0], LABELS, LABELS, class_names=("1", "0"))
    places = "id,prediction\n0,0\n1,0\n2,1\n3,1\n"
    assert import_predictions(app, write(tmp_path, places), pair[1]).right == 0  # they are names, too
    answer(Laboratory(app), pair[0], LABELS, LABELS, class_names=("1", "2"))
    assert import_predictions(app, write(tmp_path, places), pair[1]).right == 4
    names = "id,prediction\n0,1\n1,1\n2,2\n3,1\n"
    assert import_predictions(app, write(tmp_path, names), pair[1]).right == 3
    with pytest.raises(InvalidInput, match="Line 2, column prediction: there is no class '0'"):
        import_predictions(app, write(tmp_path, "id,prediction\n0,0\n1,1\n2,2\n3,1\n"), pair[1])


def test_the_confidence_is_that_of_the_prediction(app, pair, tmp_path):
    text = 'id;prediction;probability:a, b;"probability:<i>c</i>"\r0;0;0.4;0.6\r1;0;1;0\r2;1;0;1\r3;1;0;1\r'
    import_predictions(app, write(tmp_path, text), pair[1])
    confidence = behaviour(app, [pair[1]]).predictions[pair[1]].confidence
    assert confidence.tolist() == pytest.approx([0.4, 1, 1, 1], abs=1e-3)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("id,prediction,prediction\n0,0,1\n", "The column 'prediction' is there more than once"),
        ("\n\nid, prediction\n0,0\n1,0\n2,1\n9,1\n", "Line 7, column id: there is no instance '9'"),
        (
            "id,prediction,confidence\n0,0,1\n1,0,\n2,1,1\n3,1,\n",
            "2 rows have no confidence, the first of them line 3",
        ),
        (
            "id,prediction,probability:<i>c</i>\n0,0,1\n1,0,1\n2,1,1\n3,1,1\n",
            "There is no column probability:a, b. Give one for every class",
        ),
        (
            'id,prediction,"probability:a, b",probability:<i>c</i>\n0,0,1,0\n1,0,,\n2,1,0,1\n3,1,0,1\n',
            "1 row has no probability, the first of them line 3",
        ),
    ],
)
def test_what_could_be_read_in_two_ways_or_in_part_is_refused(app, pair, tmp_path, text, problem):
    with pytest.raises(InvalidInput, match=problem):
        import_predictions(app, write(tmp_path, text), pair[1])


def test_sample_logs_hold_any_text_and_likelihoods_are_numbers(app, pair, tmp_path):
    separators = "what\u2028is\x85that\x1c?"
    lines = [
        {"doc_id": place, "doc": separators, "resps": [[str(label)]]} for place, label in enumerate(LABELS)
    ]
    text = "\r\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    assert import_predictions(app, write(tmp_path, text, "samples.jsonl"), pair[1]).right == 4
    nan = '{"doc_id": 0, "filtered_resps": [[NaN, false], [-1, true]]}'
    for line, problem in ((nan, "likelihood of a choice is not a number"), ("[" * 100_000, "no sample")):
        with pytest.raises(InvalidInput, match=problem):
            import_predictions(app, write(tmp_path, line, "samples.jsonl"), pair[1])

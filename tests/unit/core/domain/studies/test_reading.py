import gzip
import json
import math
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.metric import Direction, Format
from core.domain.recipe import Step
from core.domain.studies.reading import read_study
from core.domain.studies.study import Study
from core.errors import InvalidInput


def entry(name: str, base: str | None = None, **more: Any) -> dict[str, Any]:
    operation = {"name": "prune", "parameters": {"sparsity": 0.5}} if base else None
    return {"id": name, "base": base, "operation": operation, "metrics": {"Accuracy": 0.9}, **more}


def read(*models: Any, **more: Any) -> Study:
    declared = {
        "operations": [{"name": "prune", "parameters": {"sparsity": {"min": 0, "max": 1}}}],
        "metrics": [{"name": "Accuracy", "format": ".1%", "primary": True}],
    }
    return read_study(json.dumps(declared | {"models": list(models)} | more).encode())


def refused(*models: Any, **more: Any) -> str:
    with pytest.raises(InvalidInput) as caught:
        read(*models, **more)
    return str(caught.value)


def oddity(study: Study, beginning: str) -> str:
    return next(sentence for sentence in study.oddities if sentence.startswith(beginning))


@pytest.mark.parametrize("name", ["celeba_models.json", "cifar10_image_classification_models.json"])
def test_every_figure_of_a_real_file_is_kept(name: str, data_folder: Path) -> None:
    content = (data_folder / "studies" / name).read_bytes()
    study, document = read_study(content, name), json.loads(content)
    written = {model["id"]: model for model in document["models"]}
    assert {model.id for model in study.models} == set(written)
    for model in study.models:
        source = written[model.id]
        assert model.parent == source.get("base")
        assert model.metrics == {key: value for key, value in source["metrics"].items() if value is not None}
        operation = source.get("operation")
        assert model.step == (Step(operation["name"], operation["parameters"]) if operation else None)
    assert [metric.name for metric in study.metrics] == [metric["name"] for metric in document["metrics"]]
    assert study.primary == tuple(one["name"] for one in document["metrics"] if one.get("primary"))


def test_parents_come_first() -> None:
    study = read(entry("c", "b"), entry("b", "a"), entry("a"), entry("d", "a"))
    assert [model.id for model in study.models] == ["a", "b", "c", "d"]


def test_a_deep_chain_is_no_trouble() -> None:
    study = read(*(entry(str(n), str(n + 1)) for n in range(5000)), entry("5000"))
    assert [study.models[0].id, study.models[-1].id] == ["5000", "0"]


@pytest.mark.parametrize(
    ("models", "said"),
    [
        ([entry("a"), entry("a")], "'a' is used by two models, number 1 and 2"),
        ([entry("a", "gone")], "'a' is based on 'gone', which is not in the file"),
        ([entry("a", "b"), entry("b", "c"), entry("c", "a")], "'a' → 'b' → 'c' → 'a'"),
        ([entry("a", "a")], "'a' → 'a'"),
        ([], "no list of models"),
        ([entry("")], "the id ''"),
        ([{"metrics": {}}], "the id None"),
        ([7], "Model number 1 is a number"),
        ([entry("a", ["b"])], "has the base ['b']"),
        ([entry("a", operation={"parameters": {}})], "operation of the model 'a' has no name"),
        ([entry("a", metrics=[1])], "metrics of the model 'a'"),
        (
            [entry("a", operation={"name": "x", "parameters": {"p": math.nan}})],
            "'a' has a parameter that is not",
        ),
        ([entry("a\x00b")], "control characters"),
        ([entry("a", tag="\ud800")], "control characters"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_contradicts_itself_is_refused_with_the_id(models: list[Any], said: str) -> None:
    assert said in refused(*models)


def test_all_problems_are_told_at_once() -> None:
    said = refused(entry("a"), entry("a"), entry("b", "gone"), entry("c", "lost"))
    assert all(word in said for word in ("'a'", "'gone'", "'lost'"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xff{}", "not UTF-8 text: byte 0xff at position 0"),
        ('{"models": []}'.encode("utf-16"), "is UTF-16 text. Save it as UTF-8"),
        ('{"models": []}'.encode("utf-16-be"), "is UTF-16 text"),
        (gzip.compress(b"{}", mtime=0), "compressed with gzip, not text. Decompress it"),
        (b"PK\x03\x04xyz", "ZIP archive"),
        (b'{"models": [', "not JSON: Expecting value in line 1, column 13"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[]", "holds a list"),
        (b'{"models": {"a": 1}}', "no list of models"),
        (b'{"models": [' + b"9" * 5000 + b"]}", "too long"),
        (b'{"models": [{"id": "a", "x": ' + b"[" * 900 + b"]" * 900 + b"}]}", "nested too deeply"),
    ],
)
def test_what_is_no_study_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        read_study(content, "models.json")


def test_metrics_without_a_name_are_left_out_and_told() -> None:
    study = read(entry("a", metrics={"": 1, " ": 2, "Accuracy": 0.5}))
    assert study.models[0].metrics == {"Accuracy": 0.5}
    assert [metric.name for metric in study.metrics] == ["Accuracy"]
    assert oddity(study, "Values of metrics without a name") == (
        "Values of metrics without a name are left out: 'a'."
    )


def test_long_tags_are_cut_and_long_names_refused() -> None:
    study = read(entry("a", tag="t" * 501), metrics=[{"name": "Accuracy"}, {"name": "m" * 501}])
    assert study.models[0].tags == ("t" * 500,)
    assert oddity(study, "Tags are cut after 500 characters") == "Tags are cut after 500 characters: 'a'."
    assert oddity(study, "Declarations of metrics with names of more than 500")
    operation = {"name": "o" * 501, "parameters": {}}
    said = refused(entry("a"), entry("b", "a", operation=operation, metrics={"m" * 502: 1}))
    assert "The operation of the model 'b' has a name of 501 characters: 'ooo" in said
    assert "A metric of the model 'b' has a name of 502 characters" in said


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"tag": "x\u200by"}, "tags"),
        ({"tags": ["x\u200by"]}, "tags"),
        ({"note": "x\u200by"}, "note"),
        ({"metrics": {"x\u200by": 1}}, "metrics"),
        ({"operation": "x\u200by"}, "operation.name"),
        ({"operation": {"name": "o", "parameters": {"x\u200by": 1}}}, "operation.parameters"),
    ],
)
def test_invisible_characters_are_refused_in_every_text(given: dict[str, Any], part: str) -> None:
    said = refused(entry("a"), {**entry("b", "a"), **given})
    assert f"Model 'b', {part}: This text contains an invisible character: x<U+200B>y" in said


def test_long_notes_are_kept_whole() -> None:
    assert read(entry("a", note="n" * 10_000)).models[0].note == "n" * 10_000
    assert "at most 10,000 can be kept" in refused(entry("a", note="n" * 10_001))


def test_empty_columns_of_a_spreadsheet_are_passed_over() -> None:
    study = read_study(b"id,Accuracy,,\na,0.5,,\nb,0.75,,\n", "x.csv")
    assert [model.metrics for model in study.models] == [{"Accuracy": 0.5}, {"Accuracy": 0.75}]


def test_a_byte_order_mark_and_emoji_are_welcome() -> None:
    content = b"\xef\xbb\xbf" + json.dumps({"models": [entry("a", tag="\N{GRINNING FACE}")]}).encode()
    assert read_study(content).models[0].tags == ("\N{GRINNING FACE}",)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (0.5, 0.5),
        (3, 3.0),
        pytest.param(10**400, math.inf, id="huge"),
        ("NaN", math.nan),
        ("-Infinity", -math.inf),
        (None, None),
        ("good", None),
        (True, None),
    ],
)
def test_metrics_that_are_no_plain_numbers(value: object, kept: float | None) -> None:
    study = read(entry("a", metrics={"Accuracy": value}))
    assert study.models[0].metrics == pytest.approx({} if kept is None else {"Accuracy": kept}, nan_ok=True)


def test_nan_written_as_such_is_kept() -> None:
    study = read_study(b'{"models": [{"id": "a", "metrics": {"loss": NaN}}]}')
    assert math.isnan(study.models[0].metrics["loss"])
    assert (
        oddity(study, "Values of 'loss' that are not finite") == "Values of 'loss' that are not finite: 'a'."
    )


def test_oddities_are_grouped_with_a_few_examples() -> None:
    study = read(entry("a"), *(entry(f"m{n}", "a", metrics={"Accuracy": None}) for n in range(5)))
    expected = "Null values of 'Accuracy' count as not measured: 'm0', 'm1', 'm2' and 2 more."
    assert expected in study.oddities


@pytest.mark.parametrize(
    ("change", "beginning"),
    [
        ({"operation": {"name": "melt", "parameters": {}}}, "The operation 'melt' is not declared"),
        (
            {"operation": {"name": "prune", "parameters": {"amount": 1}}},
            "The operation 'prune' declares no parameter 'amount'",
        ),
        (
            {"operation": {"name": "prune", "parameters": {"sparsity": 7}}},
            "Values of 'sparsity' of 'prune' outside",
        ),
        ({"operation": {"name": "prune", "parameters": [0.5]}}, "Models whose parameters are a list"),
        ({"operation": "prune"}, "Operations given as a mere name"),
        ({"base": "a", "operation": None}, "Models with a base but no operation"),
        ({"metrics": {"other": 1}}, "The metric 'other' is not declared"),
        ({"metrics": None}, "Models without metrics"),
        ({"tag": 7}, "Tags that are no text"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_oddities_of_models_are_listed(change: Mapping[str, Any], beginning: str) -> None:
    assert oddity(read(entry("a"), entry("b") | change), beginning)


@pytest.mark.parametrize(
    ("change", "beginning"),
    [
        ({"operations": None}, "The file declares no operations"),
        (
            {"operations": [{"name": "prune", "parameters": ["sparsity"]}]},
            "Operations whose parameters are declared as a list",
        ),
        ({"operations": [{"name": "melt"}]}, "Declared operations that no model uses"),
        ({"operations": [{"parameters": {}}]}, "Declarations of operations without a name"),
        ({"metrics": "none"}, "The file declares no metrics"),
        (
            {"metrics": [{"name": "Accuracy"}]},
            "Metrics without a direction, taken by their names to be better when higher",
        ),
        ({"metrics": [{"name": "Accuracy"}]}, "No metric is marked as primary"),
        ({"metrics": [{"name": "Loss"}, {"name": "Loss"}]}, "Metrics that are declared more than once"),
        ({"metrics": [{}]}, "Declarations of metrics without a name"),
        ({"metrics": [{"name": "F1"}]}, "Declared metrics that no model has"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_oddities_of_declarations_are_listed(change: Mapping[str, Any], beginning: str) -> None:
    assert oddity(read(entry("a"), entry("b", "a"), **change), beginning)


def test_a_list_of_parameters_takes_the_declared_names() -> None:
    study = read(
        entry("a"),
        entry("b", "a", operation={"name": "prune", "parameters": [0.7, "l1"]}),
        operations=[{"name": "prune", "parameters": ["sparsity"]}],
    )
    assert study.models[1].step == Step("prune", {"sparsity": 0.7, "parameter 2": "l1"})


def test_a_table_is_a_study_too() -> None:
    table = (
        "id,base,operation,parameters.sparsity,parameters.method,Accuracy,metrics.size\n"
        "base,,,,,0.9,1000\n"
        "small,base,prune,0.5,l1,,400\n"
    )
    study = read_study(table.encode(), "study.csv")
    base, small = study.models
    assert (base.step, base.metrics) == (None, {"Accuracy": 0.9, "size": 1000.0})
    assert small.step == Step("prune", {"sparsity": 0.5, "method": "l1"})
    assert (small.parent, small.metrics) == ("base", {"size": 400.0})
    assert {metric.name: metric.direction for metric in study.metrics} == {
        "Accuracy": Direction.HIGHER,
        "size": Direction.LOWER,
    }
    assert study.metrics[1].format is Format.BYTES


@pytest.mark.parametrize(
    ("table", "accuracy"),
    [
        ("id;base;Accuracy\na;;0,9\n", 0.9),
        ("id;base;Accuracy\na;;-1,5e-3\n", -0.0015),
        ("id\tbase\tAccuracy\na\t\t0.9\n", 0.9),
        ('id,base,"Accuracy; top 1"\na,,0.9\n', 0.9),
    ],
    ids=["semicolons", "exponent", "tabs", "a semicolon in a name"],
)
def test_a_table_may_be_separated_as_other_programs_do(table: str, accuracy: float) -> None:
    (model,) = read_study(table.encode(), "study.csv").models
    assert list(model.metrics.values()) == [accuracy]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("name\nx\n", "no column named 'id'"),
        ("id,id\na,b\n", "more than once"),
        ("id\na,b\n", "Row 2 has 2 cells"),
        ("id\n", "no list of models"),
    ],
)
def test_a_table_that_is_no_study_is_refused(table: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        read_study(table.encode(), "study.csv")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "base", "name", "operation", "parameters", "metrics", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON, JSON, st.lists(JSON, max_size=4))
def test_no_content_raises_anything_but_invalid_input(
    operations: object, metrics: object, models: list[object]
) -> None:
    document = {"operations": operations, "metrics": metrics, "models": models}
    with suppress(InvalidInput):
        assert len(read_study(json.dumps(document).encode()).models) == len(models)


@pytest.mark.parametrize(
    ("table", "size", "said"),
    [
        ("id;size\na;700.000\n", 700.0, "such as 700.000 are read as 700; if points separate thousands"),
        ("id;size;acc\na;700.000;0,9\n", 700_000.0, "such as 700.000 are read as 700000"),
        (
            "id;size;acc\na;700.000;0.9\n",
            700.0,
            "are read as 700; if points separate thousands there, write 70",
        ),
        (
            "id;size;acc\na;700,000;0,9\n",
            700.0,
            "are read as 700; if commas separate thousands there, write 70",
        ),
        ('id,size,acc\na,"700,000","0,9"\n', 700.0, "700,000 are read as 700; if commas separate thousands"),
        ("id;size;acc\na;0.700;0.9\n", 0.7, ""),
        ("id;size\na;700.000\nb;1.234.567\n", 700_000.0, "such as 700.000 are read as 700000"),
        ("id;size\na;700.000\nb;12.5\n", 700.0, ""),
        ("id;size\na;1.234,5\n", 1234.5, "such as 1.234,5 are read as 1234.5"),
        ('id,size\na,"1,234,567"\n', 1_234_567.0, "such as 1,234,567 are read as 1234567"),
        ('id,size\na,"700,000"\n', 700_000.0, "such as 700,000 are read as 700000"),
        ('id,size\na,"0,93"\n', 0.93, ""),
        ("id,size\na,700.000\n", 700.0, ""),
        ("id,size\na,1 234 567\n", 1_234_567.0, ""),
        ("id,size\na,91%\n", 0.91, "Percentages of 'size' are read as fractions, 91% as 0.91"),
        ("id;size\na;-1,5e-3\n", -0.0015, ""),
    ],
)
def test_grouped_digits_are_never_misread_silently(table: str, size: float, said: str) -> None:
    study = read_study(table.encode(), "study.csv")
    assert study.models[0].metrics == {"size": pytest.approx(size)} | ({"acc": 0.9} if "acc" in table else {})
    about = [one for one in study.oddities if "'size'" in one and "read as" in one]
    assert any(said in one for one in about) if said else about == []


def test_cells_that_say_there_is_no_value_are_none() -> None:
    study = read_study(b"id,base,operation,parameters.sparsity,acc\na,,,,N/A\nb,a,prune,NA,0.5\n", "x.csv")
    assert [model.metrics for model in study.models] == [{}, {"acc": 0.5}]
    assert study.models[1].step == Step("prune", {})


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"models": [\n{"id": "a"},\n]}', "line 2, column 12"),
        ('{"models": [{"id": "a",}]}', "line 1, column 23"),
    ],
    ids=["list", "object"],
)
def test_a_comma_after_the_last_entry_is_named(text: str, place: str) -> None:
    with pytest.raises(InvalidInput, match=f"a comma follows the last entry in {place}"):
        read_study(text.encode())


def test_an_unknown_parent_gets_near_matches() -> None:
    models = [{"id": "resnet_base"}, {"id": "small", "base": "resnet-bse", "operation": "prune"}]
    with pytest.raises(InvalidInput) as refused:
        read_study(json.dumps({"models": models}).encode())
    assert "Did you mean resnet_base?" in refused.value.problems[0].hint

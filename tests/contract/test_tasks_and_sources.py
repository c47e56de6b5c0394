"""What every task, model source and data source promises, checked for each one that is registered."""

from __future__ import annotations

import inspect
import sys
from typing import Any

import pytest

from core.data.base import Split, data_sources
from core.domain.parameter.spec import Kind
from core.errors import CompressCompareError
from core.evaluation.base import tasks
from core.models.base import model_sources
from core.parameters import parse
from core.registry import Registry, discover

for package in ("core.models.sources", "core.data.sources", "core.evaluation.tasks"):
    discover(package)


def own(registry: Registry[Any]) -> list[Any]:
    return [entry for _, entry in registry if type(entry).__module__.startswith("core.")]


def name(entry: Any) -> str:
    return str(entry.name)


@pytest.mark.parametrize("source", [*own(model_sources), *own(data_sources)], ids=name)
class TestEverySource:
    def test_has_words_and_parameters_that_forms_can_be_made_from(self, source: Any) -> None:
        documentation = inspect.getdoc(sys.modules[type(source).__module__]) or ""
        assert len(documentation) > 60
        assert source.label
        for one in source.Params.specs():
            assert one.label, one.name
            assert one.help, one.name
            assert one.kind is not Kind.ANY, one.name

    def test_refuses_unknown_parameters(self, source: Any) -> None:
        required = [one.name for one in source.Params.specs() if one.required]
        with pytest.raises(CompressCompareError, match="no parameter named 'nonsense'"):
            parse(source.Params, dict.fromkeys(required, "x") | {"nonsense": 1})


@pytest.mark.parametrize("source", own(data_sources), ids=name)
@pytest.mark.parametrize("split", list(Split))
def test_a_data_source_says_where_it_finds_nothing(source: Any, split: Split) -> None:
    fields = source.Params.model_fields
    required = [name for name, field in fields.items() if field.is_required()]
    if not required:
        assert len(source.load(source.Params(), split)) > 0
        return
    given = {**dict.fromkeys(required, "/nowhere/at/all"), "label_column": "label"}
    params = parse(source.Params, {field: given[field] for field in given if field in fields})
    with pytest.raises(CompressCompareError, match="/nowhere/at/all") as raised:
        source.load(params, split)
    assert raised.value.hint


@pytest.mark.parametrize("task", own(tasks), ids=name)
class TestEveryTask:
    def test_explains_itself_and_its_metrics(self, task: Any) -> None:
        assert len(inspect.getdoc(sys.modules[type(task).__module__]) or "") > 60
        assert task.label
        assert task.metrics
        names = [metric.name for metric in task.metrics]
        assert len(set(names)) == len(names)
        for metric in task.metrics:
            assert metric.label, metric.name
            assert metric.description.endswith("."), metric.name

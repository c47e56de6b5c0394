"""What is said about several and about many selected models: always an answer, always a way on."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.domain.ids import ProjectId, RunId
from core.domain.project import Project
from core.domain.recipe import Step
from core.registry import discover
from core.testing.laboratory import ACCURACY, SIZE
from core.testing.projects.forests import forest
from dashboard.projects.snapshot import Snapshot
from dashboard.theme import LIGHT
from dashboard.views.overview.details.large_selection import many_models
from dashboard.views.overview.details.small_selection import several_models

METRICS = (ACCURACY, SIZE)


def snapshot(size=400):
    named = [
        replace(one, metrics={"top1": one.id / size, "file_bytes": 1e6 / one.id}, making_run_id=RunId(one.id))
        for one in forest(size, seed=3)
    ]
    project = Project(
        ProjectId(1), "trips", "Trips", "x", datetime(2026, 1, 1, tzinfo=UTC), metrics=METRICS,
        primary=("top1", "file_bytes"),
    )  # fmt: skip
    return Snapshot(project, tuple(named), {})


def written(content):
    return json.dumps(content, default=lambda component: component.to_plotly_json())


@pytest.mark.parametrize("count", [2, 3, 8, 64])
def test_there_is_always_a_sentence_a_picture_and_a_way_on(count):
    now = snapshot()
    shown = several_models(now, now.models[5 : 5 + count * 5 : 5], LIGHT)
    text = written(shown.content)
    assert "differ in" in text or "told apart by" in text
    assert "Queue from here" in text
    assert "Suggested comparisons" in text
    assert len(shown.drawings["table"]["rows"]) == count


def test_what_differs_besides_the_fewest_variables_is_said():
    now = snapshot()
    base = now.models[0]
    steps = [
        Step("prune", {"amount": 0.5, "method": "random"}),
        Step("prune", {"amount": 0.7, "method": "wanda"}),
    ]
    made = [
        replace(now.models[at], step=step, parent_id=base.id, seed=0)
        for at, step in enumerate(steps, start=1)
    ]
    text = written(several_models(replace(now, models=(base, *made)), made, LIGHT).content)
    assert "These models can be told apart by " in text
    assert "method (prune) differs as well" in text or "amount (prune) differs as well" in text


def test_nothing_is_said_to_differ_besides_where_nothing_does():
    now = snapshot()
    base = now.models[0]
    steps = [Step("prune", {"amount": 0.5}), Step("prune", {"amount": 0.7})]
    made = [
        replace(now.models[at], step=step, parent_id=base.id, seed=0)
        for at, step in enumerate(steps, start=1)
    ]
    text = written(several_models(replace(now, models=(base, *made)), made, LIGHT).content)
    assert "These models differ in " in text
    assert "as well" not in text


def test_models_made_elsewhere_are_compared_and_say_why_no_run_starts_from_them():
    discover("dashboard.views")  # of which one compares
    now = snapshot()
    text = written(
        several_models(now, [replace(m, making_run_id=None) for m in now.models[5:8]], LIGHT).content
    )
    assert "Made elsewhere" in text
    assert "compare?selected=6-8" in text
    assert "Queue from here" not in text


def test_where_bars_cannot_tell_models_apart_the_table_is_open():
    now = snapshot()
    shown = several_models(now, now.models[5:325:5], LIGHT)
    fold = shown.content[-1]
    assert (shown.drawings["charts"], fold.open) == ([], True)


def test_suggestions_select_what_is_selected_and_more():
    now = snapshot()
    text = written(several_models(now, now.models[10:12], LIGHT).content)
    sets = [part.split('"')[0].split(".") for part in text.split('"data-select": "')[1:]]
    assert any({"11", "12"} < set(ids) for ids in sets)


def test_many_models_are_summed_up_and_narrowed_by_operation():
    now = snapshot()
    text = written(many_models(now, now.models))
    assert "400 models are selected" in text
    assert "5 models level" in text  # 396 to 400: at most a point apart, and no interval is known
    assert '"data-select": "396.397.398.399.400"' in text
    operations = text.partition("Narrow down to an operation")[2]
    chips = [part.split('"')[0].split(".") for part in operations.split('"data-select": "')[1:]]
    assert sum(len(ids) for ids in chips) == 400

"""Models evaluated before and after the data changed are compared on the instances that stayed the same."""

import numpy as np
import pytest

from core.comparison.behaviour.instance_filters import FilterKind, InstanceFilter
from core.domain.data.instances import ID, TEXT, InstanceSet
from core.domain.ids import InstanceSetId
from core.services.behaviour.behaviour import behaviour
from core.services.behaviour.instance_groups import SAVED, save_group
from core.services.behaviour.instance_list import Wanted, list_instances
from core.services.behaviour.instances import keep_instances
from core.services.comparison.metrics import compare_metrics
from core.services.models.models import list_models
from core.testing.projects.answering import answer

CLASSES = ("bad", "good")
OLD = ["a", "b", "c", "d", "e", "f"]
NEW = ["x", "a", "c", "b", "e", "f"]  # d is gone, x is new, b and c changed places, and e is another text
OLD_LABELS, NEW_LABELS = [0, 1, 0, 1, 0, 1], [1, 0, 0, 1, 0, 0]  # f has another label


@pytest.fixture
def pair(laboratory, project, base):
    """Ids of a base that saw the old data, and of a model made from it that saw the new ones."""
    laboratory.sweep(project, base.id)
    laboratory.play()
    before, after = [model.id for model in list_models(laboratory.app, project.id)][:2]
    answer(laboratory, before, OLD_LABELS, OLD_LABELS, class_names=CLASSES, fingerprint="old data")
    answer(laboratory, after, NEW_LABELS, [1, 0, 1, 1, 0, 0], class_names=CLASSES, fingerprint="new data")
    _keep(laboratory.app, project, "old", OLD)
    _keep(laboratory.app, project, "new", NEW)
    return before, after


def _keep(app, project, state, ids):
    texts = [f"text of {one}{' again' if (one, state) == ('e', 'new') else ''}" for one in ids]
    found = InstanceSet(
        id=InstanceSetId(0),
        dataset_id=project.datasets[0].id,
        split="test",
        fingerprint=f"{state} data",
        instances=len(ids),
        pictures=0,
        packs=(),
        created_at=app.clock.now(),
    )
    keep_instances(app, found, {ID: np.array(ids), TEXT: np.array(texts)})


def test_instances_of_both_states_are_compared(app, pair):
    found = behaviour(app, [pair[1]], pair[0])
    assert [model.id for model in found.models] == [pair[1]]
    assert found.comparison.instances == 3  # a, b and c
    assert found.comparison.baseline_share == 1
    assert found.comparison.models[0].share == pytest.approx(2 / 3)
    assert (
        "the 3 instances that all of them have, of 6 of the baseline; 2 more have the same id"
        in found.common.words
    )


def test_the_list_shows_each_instance_with_its_own_id_and_text(app, pair):
    found = behaviour(app, [pair[1]], pair[0])
    shown = {one.id: one for one in list_instances(app, found, Wanted()).shown}
    assert {one: shown[one].text for one in shown} == {one: f"text of {one}" for one in "abc"}
    assert [answer.prediction for answer in shown["c"].answers] == ["bad", "good"]
    page = list_instances(app, found, Wanted((InstanceFilter(FilterKind.TEXT, ("of b",)),)))
    assert [one.id for one in page.shown] == ["b"]


def test_saved_groups_are_cut_to_the_shared_instances(app, pair):
    found = behaviour(app, [pair[1]], pair[0])
    save_group(app, found.evaluation, "odd", [2, 3, 4])
    (row,) = behaviour(app, [pair[1]], pair[0]).comparison.tables[SAVED]
    assert (row.instances, row.baseline, row.cells[0].share) == (1, 1.0, 0.0)  # only c


def test_metrics_of_different_instances_are_not_subtracted(app, pair):
    rows = compare_metrics(app, [pair[1]], pair[0]).rows
    assert "data changed" in next(row for row in rows if row.metric.name == "top1").cells[0].apart


def test_models_without_known_instances_are_left_out(app, laboratory, pair):
    answer(laboratory, pair[1], NEW_LABELS, NEW_LABELS, class_names=CLASSES, fingerprint="newer data")
    found = behaviour(app, [pair[1]], pair[0])
    assert (found.models, found.common) == ((), None)
    assert len(found.left_out) == 1

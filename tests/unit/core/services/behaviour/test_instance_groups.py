"""Saved groups divide the instances of a comparison, may overlap, and are never told as a finding."""

import pytest

from core.domain.recipe import SweepStep
from core.errors import InvalidInput, NotFound
from core.services.behaviour.behaviour import behaviour, group_table
from core.services.behaviour.instance_groups import SAVED, delete_group, save_group, saved_groups
from core.services.measurements.measurements import Measurement, queue_evaluation
from core.services.models.models import get_model, list_models
from core.services.projects.projects import get_project
from core.testing.projects.answering import answer

CLASSES = ("common", "rare")
LABELS = [0] * 10 + [1] * 10 + [0] * 20
BEFORE = LABELS
AFTER = [0] * 18 + [1] * 2 + [0] * 20


@pytest.fixture
def pair(laboratory, project, base):
    laboratory.sweep(project, base.id, ((SweepStep("prune", {"sparsity": (0.9,)}),),))
    laboratory.play()
    ids = [model.id for model in list_models(laboratory.app, project.id)]
    for model_id, given in zip(ids, (BEFORE, AFTER), strict=True):
        answer(laboratory, model_id, LABELS, given, class_names=CLASSES)
    return ids


def test_groups_may_overlap_and_are_rows_of_their_own(app, pair):
    evaluation = behaviour(app, pair[1:]).evaluation
    save_group(app, evaluation, "hard, <b>odd</b> \N{PILE OF POO}", [10, 11, 12, 19, 12])
    save_group(app, evaluation, "also", [0, 12])
    rows = behaviour(app, pair[1:]).comparison.tables[SAVED]
    assert [(row.group, row.instances) for row in rows] == [
        ("also", 2),
        ("hard, <b>odd</b> \N{PILE OF POO}", 4),
    ]
    assert [row.baseline for row in rows] == [1.0, 1.0]
    assert [row.cells[0].share for row in rows] == [0.5, 0.25]


def test_a_picked_group_is_not_told_as_a_finding(app, pair):
    evaluation = behaviour(app, pair[1:]).evaluation
    save_group(app, evaluation, "all that were lost", range(10, 18))
    harm = behaviour(app, pair[1:]).comparison.harm
    assert harm is not None
    assert (harm.column, harm.group) == ("class", "rare")


def test_groups_belong_to_the_state_of_the_data(app, laboratory, pair):
    save_group(app, behaviour(app, pair[1:]).evaluation, "one", [1])
    for model_id in pair:
        answer(laboratory, model_id, LABELS, BEFORE, class_names=CLASSES, fingerprint="changed data")
    assert SAVED not in behaviour(app, pair[1:]).comparison.tables


@pytest.mark.parametrize(
    ("name", "positions", "problem"),
    [
        (" ", [1], "The name is empty."),
        ("x" * 101, [1], "has 101 characters"),
        ("taken", [1], "There is a saved group named 'taken' already."),
        ("none", [], "No instance is chosen."),
        ("far", [1, 40], "There is no instance 40: there are 40."),
        ("before", [-1], "There is no instance"),
    ],
)
def test_what_cannot_be_saved_is_refused(app, pair, name, positions, problem):
    evaluation = behaviour(app, pair[1:]).evaluation
    save_group(app, evaluation, "taken", [1])
    with pytest.raises(InvalidInput, match=problem):
        save_group(app, evaluation, name, positions)
    assert [group.name for group in saved_groups(app, evaluation)] == ["taken"]


def test_a_deleted_group_is_gone(app, pair):
    evaluation = behaviour(app, pair[1:]).evaluation
    group = save_group(app, evaluation, "one", [1])
    delete_group(app, group.id)
    assert saved_groups(app, evaluation) == []
    with pytest.raises(NotFound, match="no saved group"):
        delete_group(app, group.id)


def test_a_group_is_crossed_with_a_column(app, pair):
    save_group(app, behaviour(app, pair[1:]).evaluation, "mixed", [0, 1, 10, 11, 19])
    found = behaviour(app, pair[1:])
    rows = group_table(app, found, SAVED, "class").rows
    assert [(row.group, row.instances, row.cells[0].share) for row in rows] == [
        ("mixed \N{MULTIPLICATION SIGN} common", 2, 1.0),
        ("mixed \N{MULTIPLICATION SIGN} rare", 3, pytest.approx(1 / 3)),
    ]
    assert group_table(app, found, "class", SAVED).rows[1].instances == 3


def test_an_evaluation_on_a_group_has_a_name_of_its_own(app, laboratory, pair):
    group = save_group(app, behaviour(app, pair[1:]).evaluation, "hard, eights", [10, 11, 12])
    before = get_model(app, pair[1]).model.metrics["top1"]
    queue_evaluation(app, pair[1:], Measurement(group_id=group.id))
    laboratory.play()
    found = get_model(app, pair[1]).model.metrics
    assert found["top1"] == before
    (variant,) = [name for name in found if "@group=" in name and name.startswith("top1")]
    project = get_project(app, get_model(app, pair[1]).model.project_id)
    metric = project.metric(variant)
    assert metric is not None
    assert metric.label == "Top-1 accuracy \N{MIDDLE DOT} group hard, eights (3)"


def test_the_instances_of_a_group_are_its_identity(app, pair):
    evaluation = behaviour(app, pair[1:]).evaluation
    first = save_group(app, evaluation, "one", [1, 2])
    delete_group(app, first.id)
    assert save_group(app, evaluation, "one", [1, 3]).mark != first.mark


def test_runs_on_a_deleted_group_are_refused(app, pair):
    group = save_group(app, behaviour(app, pair[1:]).evaluation, "gone", [1])
    delete_group(app, group.id)
    with pytest.raises(InvalidInput, match="There is no saved group"):
        queue_evaluation(app, pair, Measurement(group_id=group.id))

"""Which evaluations are compared, against which baseline, and what is left out."""

import pytest

from core.comparison.behaviour.tables import FOUND
from core.domain.ids import ModelId
from core.domain.origin import Origin
from core.domain.recipe import SweepStep
from core.errors import InvalidInput, NotFound
from core.services.behaviour.behaviour import behaviour, group_table
from core.services.comparison.metrics import compare_metrics
from core.services.models.models import delete_models, list_models
from core.testing.projects.answering import answer

CLASSES = ("common", "rare")
LABELS = [0] * 100 + [1] * 100
PRUNED_AND_TUNED = ((SweepStep("prune", {"sparsity": (0.5, 0.9)}), SweepStep("fine-tune", {"epochs": (2,)})),)


def answers(common: int, rare: int) -> list[int]:
    """Return predictions of which so many are right in each class."""
    return [int(each >= common) for each in range(100)] + [int(each < rare) for each in range(100)]


@pytest.fixture
def family(laboratory, project, base):
    """Ids of a base, two pruned models and each of them fine-tuned, evaluated on 200 instances."""
    laboratory.sweep(project, base.id, PRUNED_AND_TUNED)
    laboratory.play()
    ids = [model.id for model in list_models(laboratory.app, project.id)]
    for model_id, (common, rare) in zip(ids, [(98, 90), (98, 88), (90, 20), (98, 90), (97, 41)], strict=True):
        answer(laboratory, model_id, LABELS, answers(common, rare), class_names=CLASSES)
    return ids


def test_the_harm_of_a_rare_class_is_found(app, family):
    found = behaviour(app, family[1:])
    assert found.baseline.id == family[0]
    harm = found.comparison.harm
    assert (found.models[harm.model].id, harm.group, harm.change.instances) == (family[2], "rare", 100)
    assert harm.change.value == pytest.approx(-0.70)


def test_counts_are_of_the_stored_outcomes(app, family):
    one = behaviour(app, [family[4]], family[0]).comparison.models[0]
    assert (one.flips.regressions, one.flips.fixes) == (50, 0)  # 98 to 97 and 90 to 41 right
    assert one.share == pytest.approx((97 + 41) / 200)


def test_a_single_model_is_compared_with_its_nearest_evaluated_ancestor(app, project, family):
    parents = {model.id: model.parent_id for model in list_models(app, project.id)}
    assert behaviour(app, [family[4]]).baseline.id == parents[family[4]] != family[0]


def test_siblings_are_compared_with_their_common_ancestor(app, family):
    assert behaviour(app, [family[1], family[2]]).baseline.id == family[0]


def test_models_evaluated_on_other_data_are_left_out(app, laboratory, family):
    answer(laboratory, family[2], LABELS, answers(90, 20), class_names=CLASSES, fingerprint="new data")
    found = behaviour(app, [family[1], family[2]], family[0])
    assert [model.id for model in found.models] == [family[1]]
    assert found.left_out[0][1] == (
        "the baseline was evaluated before the data changed; evaluate the baseline again"
    )
    again = behaviour(app, [family[1], family[3]], family[2])
    assert {reason for _, reason in again.left_out} == {
        "evaluated before the data changed; evaluate it again"
    }


def test_models_that_are_not_there_are_named(app, family):
    with pytest.raises(NotFound, match="no model with id 999"):
        behaviour(app, [ModelId(999)])


def test_deleted_models_are_named(app, family):
    delete_models(app, [family[4]])
    with pytest.raises(NotFound, match=r"fine-tune .* was deleted"):
        behaviour(app, [family[4]])


def test_no_model_and_too_many_are_refused(app, family):
    with pytest.raises(InvalidInput, match="0 models"):
        behaviour(app, [])
    with pytest.raises(InvalidInput, match="17 models"):
        behaviour(app, [ModelId(each) for each in range(1, 18)])


def test_a_baseline_that_was_never_trained_is_known(app, laboratory, family):
    assert behaviour(app, [family[1]], family[0]).trained
    with app.unit_of_work(writing=True) as uow:
        made = {"artifact": "0" * 63 + "1", "manifest": {}, "at": app.clock.now()}
        uow.models.set_made(family[0], **made, origin=Origin.CONSTRUCTED)
        uow.commit()
    answer(laboratory, family[0], LABELS, answers(98, 90), class_names=CLASSES)
    assert not behaviour(app, [family[1]], family[0]).trained
    assert not behaviour(app, [family[2]], family[1]).trained  # pruned, and nothing else
    assert behaviour(app, [family[1]], family[3]).trained  # fine-tuned


def test_labels_and_predictions_beyond_the_names_of_the_classes_count_as_unknown(app, laboratory, family):
    """Such as a task of one's own stores: 10 of 200 labels are 7, where there are the classes 0 and 1."""
    labels = [7] * 10 + LABELS[10:]
    answer(laboratory, family[0], labels, answers(98, 90), class_names=CLASSES)
    answer(laboratory, family[4], labels, [7] * 20 + answers(97, 41)[20:], class_names=CLASSES)
    found = behaviour(app, [family[4]], family[0])
    table = {row.group: row for row in found.comparison.tables["class"]}
    assert (table["common"].instances, table["rare"].instances) == (90, 100)
    assert table["common"].baseline == pytest.approx(88 / 90)
    assert table["common"].cells[0].share == pytest.approx(77 / 90)  # 10 of the 90 got a class without a name
    assert found.comparison.models[0].share == pytest.approx((77 + 41) / 190)
    assert group_table(app, found, FOUND).column == "found groups"
    assert compare_metrics(app, [family[4]], family[0]).rows

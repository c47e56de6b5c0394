"""Models evaluated on the same instances are compared by their paired difference, others as independent."""

import math

import numpy as np
import pytest
import sqlalchemy as sa

from core.comparison.sentences.statement import Contrast, Interval, Verdict
from core.domain.model import Model
from core.domain.project import Project
from core.domain.recipe import SweepStep
from core.services.application import Application
from core.services.comparison.paired_outcomes import paired, scores_of
from core.services.comparison.summaries import compare
from core.services.models.models import list_models
from core.services.projects.projects import get_project
from core.testing.laboratory import Laboratory
from core.testing.projects.answering import answer

LABELS = [0] * 1000
CLASSES = ("right", "wrong")


def answers(*wrong: range) -> list[int]:
    """Return predictions that are wrong on the instances in these ranges."""
    return [int(any(each in some for some in wrong)) for each in range(1000)]


@pytest.fixture
def family(laboratory: Laboratory, project: Project, base: Model) -> list[Model]:
    """A base and two pruned models, the first of which is wrong on 12 instances more and on no other."""
    laboratory.sweep(project, base.id, ((SweepStep("prune", {"sparsity": (0.5, 0.9)}),),))
    laboratory.play()
    ids = [model.id for model in list_models(laboratory.app, project.id)]
    wrong = [(range(100),), (range(112),), (range(500, 612),)]
    for model_id, some in zip(ids, wrong, strict=True):
        answer(laboratory, model_id, LABELS, answers(*some), class_names=CLASSES)
    return list_models(laboratory.app, project.id)


def quality(app: Application, *models: Model):
    statement = compare(app, [model.id for model in models]).summary.statement
    assert isinstance(statement, Contrast)
    return statement.differences[0]


def test_a_small_loss_on_the_same_instances_is_told(app: Application, family: list[Model]) -> None:
    base, pruned, _ = family
    found = quality(app, base, pruned)
    assert (found.interval, found.verdict) == (Interval.PAIRED, Verdict.LOWER)
    assert found.amount == pytest.approx(-0.012)
    # Newcombe's method 10 by hand: e = 888, f = 12, g = 0, h = 100, so that phi = 88300 / 94611 = 0.9333
    assert found.margin == pytest.approx(0.007979, abs=1e-6)
    independent = math.hypot(0.0186, 0.0196)  # the half widths of 900 and of 888 of 1000
    assert found.margin < independent / 2


def test_as_large_a_loss_on_other_instances_is_noise(app: Application, family: list[Model]) -> None:
    base, _, other = family
    found = quality(app, base, other)
    assert (found.interval, found.verdict) == (Interval.PAIRED, Verdict.UNCLEAR)
    assert found.amount == pytest.approx(-0.012)


def test_models_evaluated_on_other_data_are_independent(
    app: Application, laboratory: Laboratory, family: list[Model]
) -> None:
    base, pruned, _ = family
    answer(laboratory, pruned.id, LABELS, answers(range(112)), class_names=CLASSES, fingerprint="new data")
    assert quality(app, base, pruned).interval is not Interval.PAIRED


def test_other_weights_than_those_evaluated_are_not_paired(app: Application, family: list[Model]) -> None:
    base, pruned, _ = family
    with app.unit_of_work(writing=True) as uow:
        uow.models.set_made(pruned.id, artifact="f" * 64, manifest={}, at=app.clock.now())
        uow.commit()
    assert compare(app, [base.id, pruned.id]).summary.text  # whatever is said, nothing is paired
    project = get_project(app, base.project_id)
    models = list_models(app, base.project_id)
    assert paired(app, project, models).interval("top1", base.id, pruned.id) is None


def test_outcomes_are_read_once(app: Application, family: list[Model]) -> None:
    project = get_project(app, family[0].project_id)
    told: list[str] = []
    sa.event.listen(app.unit_of_work.engine, "before_cursor_execute", lambda *given: told.append(given[2]))
    paired(app, project, family)
    selected = [statement for statement in told if statement.startswith("SELECT")]
    assert len(selected) == 3  # which evaluations count, what they score, and what is right
    told.clear()
    paired(app, project, family[:2])
    assert len([statement for statement in told if statement.startswith("SELECT")]) == 1


def test_scores_are_those_whose_mean_is_the_metric() -> None:
    arrays = {
        "correct": np.array([True, False, True, True]),
        "loss": np.array([0.1, 0.2, 0.3, 0.4], np.float16),
        "rouge": np.array([0.5, 0.5, 0.5, 0.5]),
        "top5": np.zeros((4, 5)),
    }
    metrics = {"accuracy": 0.75, "loss": 0.25, "rouge": 0.9, "top5": 0.0, "ece": 0.1}
    assert scores_of(metrics, arrays).keys() == {"accuracy", "loss"}

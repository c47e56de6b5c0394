"""The Overview's sentences compare two models instance by instance where their outcomes are kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.recipe import SweepStep
from core.services.models.models import list_models
from core.testing.fakes import open_migrated
from core.testing.laboratory import Laboratory
from core.testing.projects.answering import answer
from dashboard.projects import snapshot
from dashboard.theme import LIGHT
from dashboard.views.overview.details.selection_details import details

LABELS = [0] * 1000


@pytest.fixture
def laboratory(tmp_path: Path) -> Iterator[Laboratory]:
    app = open_migrated(f"sqlite:///{tmp_path / 'product.db'}", tmp_path)
    laboratory = Laboratory(app)
    laboratory.open()
    yield laboratory
    app.close()


def test_twelve_instances_that_became_wrong_of_a_thousand_are_told(laboratory: Laboratory) -> None:
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.sweep(project, base.id, ((SweepStep("prune", {"sparsity": (0.5,)}),),))
    laboratory.play()
    ids = [model.id for model in list_models(laboratory.app, project.id)]
    for model_id, wrong in zip(ids, (100, 112), strict=True):
        answers = [1] * wrong + [0] * (1000 - wrong)
        answer(laboratory, model_id, LABELS, answers, class_names=("right", "wrong"))
    # 888 right in both, 12 only before: Newcombe's interval reaches from -2.00 to -0.47 points
    now = snapshot.read(laboratory.app, "digits")
    told = str(details(laboratory.app, now, [int(one) for one in ids], LIGHT).content)
    assert "costs 1.20 \N{PLUS-MINUS SIGN} 0.80 points of top-1 accuracy" in told
    study = str(details(laboratory.app, now, [], LIGHT).content)
    assert "costs 1.20 \N{PLUS-MINUS SIGN} 0.80 points of top-1 accuracy" in study

"""What made a model's weights is noted from what its run did, and is what sentences and baselines go by."""

import json
from pathlib import Path

import pytest

from core.domain.model import Model
from core.domain.origin import Origin
from core.domain.project import Project
from core.domain.queue.run import RunKind
from core.domain.queue.training_curve import CurvePoint
from core.domain.recipe import SweepStep
from core.services.application import Application
from core.services.imports.studies import import_file
from core.services.models.base_models import BaseModelRequest, add_base_model
from core.services.models.models import get_model, list_models
from core.services.queue.results import ModelMade
from core.services.queue.run_lifecycle import report_progress, succeed
from core.testing.laboratory import Laboratory


def imported(laboratory: Laboratory, project: Project, *, drawn: bool) -> Model:
    """Import a base that comes with weights, or with none."""
    app = laboratory.app
    queued = add_base_model(app, BaseModelRequest(project.id, "imported", "residual-cnn"))
    run = laboratory.claim()
    assert run is not None
    assert run.kind is RunKind.IMPORT
    succeed(app, run.id, run.attempt, ModelMade("a" * 64, drawn=drawn))
    laboratory.play()
    return get_model(app, queued.id).model


def test_a_base_that_its_run_trained_is_trained(base: Model) -> None:
    assert base.origin is Origin.TRAINED


@pytest.mark.parametrize(("drawn", "origin"), [(False, Origin.PRETRAINED), (True, Origin.CONSTRUCTED)])
def test_an_imported_base_is_pretrained_or_as_constructed(
    laboratory: Laboratory, project: Project, drawn: bool, origin: Origin
) -> None:
    assert imported(laboratory, project, drawn=drawn).origin is origin


def test_steps_train_or_derive(
    app: Application, laboratory: Laboratory, project: Project, base: Model
) -> None:
    recipe = (SweepStep("prune", {"sparsity": (0.5,)}), SweepStep("fine-tune", {"epochs": (2,)}))
    laboratory.sweep(project, base.id, (recipe,))
    laboratory.play()
    assert [model.origin for model in list_models(app, base.project_id)] == [
        Origin.TRAINED,
        Origin.DERIVED,
        Origin.TRAINED,
    ]


def test_a_step_of_any_name_that_has_a_training_curve_trained(
    app: Application, laboratory: Laboratory, project: Project, base: Model
) -> None:
    laboratory.sweep(project, base.id, ((SweepStep("prune", {"sparsity": (0.5,)}),),))
    run = laboratory.claim()
    assert run is not None
    report_progress(app, run.id, run.attempt, 0.5, curve=(CurvePoint(1, 0.5, {"loss": 1.0}),))
    succeed(app, run.id, run.attempt, ModelMade("a" * 64))
    assert get_model(app, run.model_id).model.origin is Origin.TRAINED


def test_a_constructed_base_is_no_baseline_of_what_was_trained_from_it(
    app: Application, laboratory: Laboratory, project: Project
) -> None:
    constructed = imported(laboratory, project, drawn=True)
    recipe = (SweepStep("fine-tune", {"epochs": (2,)}), SweepStep("prune", {"sparsity": (0.5,)}))
    laboratory.sweep(project, constructed.id, (recipe, (SweepStep("prune", {"sparsity": (0.9,)}),)))
    laboratory.play()
    by_step = {
        (model.step.technique, model.parent_id): model
        for model in list_models(app, project.id)
        if model.step is not None
    }
    tuned = by_step["fine-tune", constructed.id]
    pruned = by_step["prune", tuned.id]
    untrained = by_step["prune", constructed.id]
    assert pruned.metrics["top1@recovery"] == pytest.approx(pruned.metrics["top1"] / tuned.metrics["top1"])
    assert tuned.metrics["top1@recovery"] == 1.0
    assert "top1@recovery" not in untrained.metrics
    assert "top1@recovery" not in get_model(app, constructed.id).model.metrics


def test_a_study_that_begins_with_training_begins_with_a_constructed_network(
    app: Application, tmp_path: Path
) -> None:
    entries = [
        {"id": "network", "metrics": {"accuracy": 0.1}},
        {"id": "start", "base": "network", "operation": {"name": "Pre-train"}, "metrics": {"accuracy": 0.9}},
        {"id": "half", "base": "start", "operation": {"name": "prune"}, "metrics": {"accuracy": 0.8}},
        {"id": "again", "base": "half", "operation": {"name": "finetune"}, "metrics": {"accuracy": 0.9}},
        {"id": "published", "metrics": {"accuracy": 0.9}},
    ]
    path = tmp_path / "models.json"
    path.write_text(json.dumps({"models": entries}), encoding="utf-8")
    project = import_file(app, path, name="study").project
    assert {model.name: model.origin for model in list_models(app, project.id)} == {
        "network": Origin.CONSTRUCTED,
        "start": Origin.TRAINED,
        "half": Origin.DERIVED,
        "again": Origin.TRAINED,
        "published": Origin.IMPORTED,
    }

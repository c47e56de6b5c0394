"""Compression runs reach the ancestors and the teacher of the model that they make."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import torch

from core.compression.checkpoints.checkpoint import load
from core.domain.catalogue import Worker
from core.domain.ids import WorkerId
from core.domain.measurement.evaluation import LayerKind
from core.domain.model import Model
from core.domain.queue.experiment import ExperimentRequest
from core.domain.queue.run import RunKind
from core.domain.recipe import SweepStep
from core.domain.technique import LayerRules
from core.errors import InvalidInput, UnusableInput
from core.execution.base import RunContext, jobs
from core.execution.catalogue import catalogue
from core.execution.progress import DatabaseProgress
from core.execution.registries import load_registries
from core.services.application import Application
from core.services.experiments.experiments import submit
from core.services.experiments.layer_reach import chosen_models
from core.services.models.models import BaseModelRequest, add_base_model, get_model
from core.services.queue import run_lifecycle
from core.services.workers import workers
from core.testing.fakes import open_migrated
from core.testing.running import small_project
from dashboard.views.new_experiment.module_callbacks import about

WORKER = WorkerId("in-process")
PRUNE = SweepStep("magnitude-pruning", {"sparsity": (0.5,)})


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Application]:
    opened = open_migrated(f"sqlite:///{tmp_path / 'test.db'}", tmp_path)
    load_registries()
    now = datetime.now(UTC)
    workers.announce(opened, Worker(WORKER, "here", 1, ("cpu",), 1, now, now), catalogue())
    yield opened
    opened.close()


def make(app: Application) -> None:
    """Carry out the runs that make models, and forget the others."""
    while (run := run_lifecycle.claim_next(app, WORKER, queues=("cpu",))) is not None:
        if run.kind in {RunKind.EVALUATE, RunKind.PROFILE}:
            run_lifecycle.mark_cancelled(app, run.id, run.attempt)
            continue
        run_context = RunContext(app, run, torch.device("cpu"), DatabaseProgress(app, run))
        run_lifecycle.succeed(app, run.id, run.attempt, jobs.get(run.kind).perform(run_context))


def weight(app: Application, model: Model) -> torch.Tensor:
    artifact = get_model(app, model.id).model.artifact
    assert artifact is not None
    return load(app.artifacts.fetch(artifact)).module.get_parameter("classifier.weight").detach()


def test_layers_are_restored_from_the_base_and_from_a_step_after_it(app: Application) -> None:
    base = small_project(app)
    make(app)
    quantize = SweepStep("weight-only-quantization", {"bits": (2,)})
    rules = LayerRules(include=("^classifier$",))
    restore = SweepStep("restore-layers", {"depth": (0, 1)}, rules)
    request = ExperimentRequest(base.project_id, (base.id,), ((PRUNE, quantize, restore),))
    ids = submit(app, request).model_ids
    make(app)
    pruned, quantized, from_base, from_pruned = (get_model(app, each).model for each in ids)
    assert not torch.equal(weight(app, quantized), weight(app, pruned))
    assert torch.equal(weight(app, from_base), weight(app, base))
    assert torch.equal(weight(app, from_pruned), weight(app, pruned))


def test_an_ancestor_that_does_not_exist_is_refused_before_anything_is_queued(app: Application) -> None:
    base = small_project(app)
    make(app)
    restore = SweepStep("restore-layers", {"depth": (5,)})
    with pytest.raises(InvalidInput, match="no ancestor 5 steps after the base"):
        submit(app, ExperimentRequest(base.project_id, (base.id,), ((PRUNE, restore),)))
    assert run_lifecycle.claim_next(app, WORKER, queues=("cpu",)) is None


def test_models_of_another_structure_are_made_and_looked_at(app: Application) -> None:
    base = small_project(app)
    make(app)
    recipe = (
        SweepStep("channel-pruning", {"ratio": (0.5,)}),
        SweepStep("bias-correction", {"samples": (16,)}),
    )
    ids = submit(app, ExperimentRequest(base.project_id, (base.id,), (recipe,))).model_ids
    make(app)
    for each in ids:
        assert weight(app, get_model(app, each).model).shape[1] < weight(app, base).shape[1]


def test_a_student_learns_from_the_model_that_its_step_names(app: Application) -> None:
    base = small_project(app)
    narrow = add_base_model(
        app, BaseModelRequest(base.project_id, "three classes", "residual-cnn", {"classes": 3})
    )
    learn = SweepStep("distillation", {"student": ("itself",), "teacher": (narrow.id,), "epochs": (1,)})
    submit(app, ExperimentRequest(base.project_id, (base.id,), ((learn,),)))
    with pytest.raises(UnusableInput, match=r"outputs have the shape \(2, 10\), its teacher's \(2, 3\)"):
        make(app)


@pytest.mark.parametrize("known", [True, False], ids=["without sizes", "without a table"])
def test_the_next_run_that_reads_a_model_writes_down_its_modules(app: Application, known: bool) -> None:
    base = small_project(app)
    make(app)
    with app.unit_of_work(writing=True) as uow:
        full = uow.evaluations.layer_statistics(base.id, kind=LayerKind.MODULES)
        older = {name: array for name, array in full.items() if known and name not in {"parameters", "raw"}}
        uow.evaluations.put_layer_statistics(base.id, kind=LayerKind.MODULES, arrays=older)
        uow.commit()
    before = chosen_models(app, [base.id])
    assert {each.parameters for each in before.modules()} == ({None} if known else set())
    assert ("are counted by the next run" in about(before, "")) is known
    submit(app, ExperimentRequest(base.project_id, (base.id,), ((PRUNE,),)))
    make(app)
    sizes = {each.name: each.parameters for each in chosen_models(app, [base.id]).modules()}
    assert sizes["classifier"] == 16 * 10 + 10
    assert sizes["stem.0"] == 4 * 1 * 3 * 3

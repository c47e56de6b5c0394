"""A project of texts from its base model to stored outcomes, and the examples as real workers offer them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.domain.catalogue import TaskSpec, Worker
from core.domain.ids import WorkerId
from core.domain.model import Model
from core.domain.queue.experiment import ExperimentRequest
from core.domain.queue.run import RunKind, RunStatus
from core.domain.recipe import SweepStep
from core.errors import UnknownName, UnusableInput
from core.execution import process
from core.execution.catalogue import catalogue
from core.execution.registries import load_registries
from core.services.application import Application
from core.services.demos import example_projects
from core.services.experiments.experiments import submit
from core.services.models import base_models
from core.services.models.models import BaseModelRequest, Training, add_base_model, get_model, list_models
from core.services.projects.projects import DatasetRequest, ProjectRequest, create_project
from core.services.queue import run_lifecycle
from core.services.workers import workers
from core.testing.fakes import open_migrated
from core.testing.stored_arrays import outcomes

WORKER = WorkerId("here")
SMALL = {"train_size": 140, "test_size": 14}


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Application]:
    app = open_migrated(f"sqlite:///{tmp_path / 'test.db'}", tmp_path)
    yield app
    app.close()


@pytest.fixture
def app(bare: Application) -> Application:
    load_registries()
    now = datetime.now(UTC)
    workers.announce(bare, Worker(WORKER, "here", 1, ("cpu",), 1, now, now), catalogue())
    return bare


def base(app: Application, source: str, parameters: dict[str, object], training: Training | None) -> Model:
    project = create_project(
        app, ProjectRequest("Trips", "generation", (DatasetRequest("trips", "trips", SMALL),), slug="small")
    )
    request = BaseModelRequest(project.id, "base", source, parameters, training=training)
    return add_base_model(app, request)


def carry_out(app: Application) -> None:
    while run := run_lifecycle.claim_next(app, WORKER, queues=("cpu",)):
        process._perform(app, run)


def test_texts_are_learnt_evaluated_and_kept_with_their_slices(app: Application) -> None:
    small = {
        "family": "gpt2",
        "width": 16,
        "layers": 1,
        "vocabulary": example_projects.EXAMPLES["trips"].parameters["vocabulary"],
    }
    made = base(app, "tiny-transformer", {**small, "context": 32}, Training(epochs=1, batch_size=32))
    recipe = (SweepStep("magnitude-pruning", {"sparsity": (0.5,)}), SweepStep("fine-tune", {"epochs": (1,)}))
    submit(app, ExperimentRequest(made.project_id, (made.id,), (recipe,)))
    carry_out(app)
    models = list_models(app, made.project_id)
    assert [model.status for model in models] == [RunStatus.SUCCEEDED] * 3
    assert all({"exact_match", "perplexity", "latency_ms_b1"} <= set(model.metrics) for model in models)
    evaluation = get_model(app, models[-1].id).evaluations[0]
    slices = evaluation.details["slices"]["question"]
    assert slices["instances"] == [2] * 7
    assert set(slices["metrics"]) == {"exact_match", "token_f1", "rouge_l", "loss"}
    of_base = get_model(app, made.id).evaluations[0]
    assert evaluation.details["fingerprint"] == of_base.details["fingerprint"]
    kept = outcomes(app, evaluation.id)
    assert kept["prediction"].shape == kept["reference"].shape == kept["slice.question"].shape == (14,)
    assert slices["values"][int(kept["slice.question"][0])] == "who"


@pytest.fixture
def unaware(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known of what models take, as with plug-ins, so that only their runs can tell."""
    monkeypatch.setattr(TaskSpec, "mismatch", lambda *_: "")
    monkeypatch.setattr(base_models, "_unsuited", lambda *_: [])


@pytest.mark.usefixtures("unaware")
def test_a_model_without_tokenizer_says_so(app: Application) -> None:
    base(app, "residual-cnn", {"width": 4}, None)
    first = run_lifecycle.claim_next(app, WORKER, queues=("cpu",))
    assert first is not None
    process._perform(app, first)
    with pytest.raises(UnusableInput, match="base has no tokenizer"):
        carry_out(app)


@pytest.mark.usefixtures("unaware")
def test_a_model_of_texts_takes_no_images(app: Application) -> None:
    data = (DatasetRequest("digits", "digits"),)
    project = create_project(app, ProjectRequest("Digits", "image-classification", data))
    request = BaseModelRequest(
        project.id, "bert", "tiny-transformer", {"family": "bert"}, training=Training()
    )
    add_base_model(app, request)
    with pytest.raises(UnusableInput, match="data are images, but the model reads text"):
        carry_out(app)


@pytest.mark.parametrize("name", sorted(example_projects.EXAMPLES))
def test_an_example_is_queued_once(app: Application, name: str) -> None:
    submitted = example_projects.queue(app, name)
    assert submitted is not None
    assert submitted.plan.new_models > 10
    (first, *_) = list_models(app, submitted.experiment.project_id)
    run = get_model(app, first.id).runs[0]
    assert run.kind is RunKind.TRAIN
    assert example_projects.queue(app, name) is None


def test_an_example_that_is_not_there_is_named(bare: Application) -> None:
    with pytest.raises(UnknownName, match="no example named 'trip'") as raised:
        example_projects.queue(bare, "trip")
    assert raised.value.hint == "Did you mean trips?"

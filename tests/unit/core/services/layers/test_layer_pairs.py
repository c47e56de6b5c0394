"""Layers of any two models of a project: queued once, kept per pair, read with a baseline."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.domain.ids import ModelId
from core.domain.measurement.evaluation import LayerKind
from core.domain.model import Model
from core.domain.project import Project
from core.domain.queue.run import RunKind, RunStatus
from core.errors import InvalidInput
from core.services.application import Application
from core.services.layers.layer_pairs import pair_state, queue_layer_comparison
from core.services.layers.layer_statistics import layer_statistics
from core.services.measurements.measurements import Measurement
from core.services.models.models import get_model, list_models
from core.services.queue import run_lifecycle
from core.services.queue.results import ModelMade, Paired
from core.services.queue.runs import get_run
from core.testing.laboratory import Laboratory

BOTH = {LayerKind.WEIGHTS, LayerKind.ACTIVATIONS}


@pytest.fixture
def siblings(
    app: Application, laboratory: Laboratory, project: Project, base: Model
) -> tuple[ModelId, ModelId]:
    """Two models that are made from one base."""
    laboratory.sweep(project, base.id)
    laboratory.play()
    made = [model for model in list_models(app, project.id) if model.parent_id == base.id]
    return made[0].id, made[1].id


def test_a_pair_is_queued_once_and_kept(
    app: Application, laboratory: Laboratory, siblings: tuple[ModelId, ModelId]
) -> None:
    model, baseline = siblings
    assert layer_statistics(app, model, LayerKind.WEIGHTS, baseline) == {}
    run_id = queue_layer_comparison(app, model, baseline)
    assert run_id is not None
    run = get_run(app, run_id)
    assert (run.kind, run.model_id, run.status) == (RunKind.LAYER_PAIR, model, RunStatus.QUEUED)
    assert run.payload["baseline_id"] == baseline
    assert queue_layer_comparison(app, model, baseline) == run_id
    assert pair_state(app, model, baseline).coming == BOTH
    laboratory.play()
    for kind in BOTH:
        assert layer_statistics(app, model, kind, baseline)["module"].tolist() == ["stem"]
    state = pair_state(app, model, baseline)
    assert (state.stored, state.coming) == (BOTH, frozenset())
    assert queue_layer_comparison(app, model, baseline) is None
    assert queue_layer_comparison(app, baseline, model) is not None  # the other way round is another pair


def test_only_what_is_missing_is_queued(
    app: Application, laboratory: Laboratory, siblings: tuple[ModelId, ModelId]
) -> None:
    model, baseline = siblings
    queue_layer_comparison(app, model, baseline, kinds=[LayerKind.WEIGHTS])
    laboratory.play()
    run_id = queue_layer_comparison(app, model, baseline)
    assert run_id is not None
    assert get_run(app, run_id).payload["kinds"] == ["activations"]
    laboratory.play()
    more = queue_layer_comparison(app, model, baseline, Measurement(instances=64))
    assert more is not None
    assert get_run(app, more).payload["kinds"] == ["activations"]
    assert get_run(app, more).payload["instances"] == 64
    laboratory.play()
    assert queue_layer_comparison(app, model, baseline, Measurement(instances=64)) is None


def test_what_was_made_with_the_model_needs_no_run(
    app: Application, base: Model, siblings: tuple[ModelId, ModelId]
) -> None:
    model, _ = siblings
    arrays = {"baseline": np.array([base.id]), "zeros_both": np.array([0]), "cosine": np.array([1.0])}
    with app.unit_of_work(writing=True) as uow:
        for kind in BOTH:
            uow.evaluations.put_layer_statistics(model, kind=kind, arrays=arrays)
        uow.commit()
    assert queue_layer_comparison(app, model, base.id) is None
    assert layer_statistics(app, model, LayerKind.WEIGHTS, base.id)["cosine"].tolist() == [1.0]
    lost = arrays | {"zeros_both": np.array([-1])}  # from before it was noted what stands for what
    with app.unit_of_work(writing=True) as uow:
        uow.evaluations.put_layer_statistics(model, kind=LayerKind.WEIGHTS, arrays=lost)
        uow.commit()
    run_id = queue_layer_comparison(app, model, base.id)
    assert run_id is not None
    assert get_run(app, run_id).payload["kinds"] == ["weights"]


def test_activations_that_cannot_be_had_can_be_asked_for_again(
    app: Application, laboratory: Laboratory, siblings: tuple[ModelId, ModelId]
) -> None:
    model, baseline = siblings
    queue_layer_comparison(app, model, baseline)
    run = laboratory.claim()
    assert run is not None
    arrays = {
        LayerKind.WEIGHTS: {"cosine": np.array([1.0])},
        LayerKind.ACTIVATIONS: {"problem": np.array(["no tokens"])},
    }
    run_lifecycle.succeed(app, run.id, run.attempt, Paired(baseline, arrays))
    assert pair_state(app, model, baseline).stored == {LayerKind.WEIGHTS}
    assert layer_statistics(app, model, LayerKind.ACTIVATIONS, baseline)["problem"].tolist() == ["no tokens"]
    assert queue_layer_comparison(app, model, baseline) is not None


def test_pairs_of_former_weights_are_neither_kept_nor_stored(
    app: Application, laboratory: Laboratory, base: Model, siblings: tuple[ModelId, ModelId]
) -> None:
    model, baseline = siblings
    queue_layer_comparison(app, model, baseline)
    laboratory.play()
    queue_layer_comparison(app, baseline, model)
    run = laboratory.claim()
    assert run is not None
    results = laboratory.results(run)
    assert isinstance(results, Paired)
    own, other = (get_model(app, one).model.artifact for one in (baseline, model))
    told = replace(results, weights=own, baseline_weights=other)
    with app.unit_of_work(writing=True) as uow:
        making = uow.models.get([model])[model].making_run_id
        assert making is not None
        uow.runs.bring_back([making], RunStatus.QUEUED, app.clock.now(), more_attempts=1)
        uow.commit()
    again = laboratory.claim()
    assert again is not None
    run_lifecycle.succeed(app, again.id, again.attempt, ModelMade(artifact="f" * 64))
    assert layer_statistics(app, model, LayerKind.WEIGHTS, baseline) == {}
    run_lifecycle.succeed(app, run.id, run.attempt, told)
    assert layer_statistics(app, baseline, LayerKind.WEIGHTS, model) == {}
    assert get_run(app, run.id).status is RunStatus.QUEUED


def test_what_cannot_be_compared_is_refused(
    app: Application, laboratory: Laboratory, base: Model, siblings: tuple[ModelId, ModelId]
) -> None:
    other = laboratory.base(laboratory.project("Other", "other"))
    laboratory.play()
    with pytest.raises(InvalidInput, match="is its own baseline"):
        queue_layer_comparison(app, base.id, base.id)
    with pytest.raises(InvalidInput, match="of different projects"):
        queue_layer_comparison(app, base.id, other.id)
    with pytest.raises(InvalidInput, match="no model with id 77"):
        queue_layer_comparison(app, base.id, ModelId(77))
    with pytest.raises(InvalidInput, match="cost compares no models"):
        queue_layer_comparison(app, siblings[0], base.id, kinds=[LayerKind.COST])

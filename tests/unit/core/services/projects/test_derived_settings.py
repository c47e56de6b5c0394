"""What is set on a derived metric follows it: into the protocol, away with it, and back with its model."""

from __future__ import annotations

import pytest

from core.domain.ids import DatasetId
from core.domain.metric import Direction
from core.domain.model import Model
from core.domain.recipe import SweepStep
from core.errors import InvalidInput
from core.services.application import Application
from core.services.measurements import measurements, protocol
from core.services.measurements.measurements import Measurement
from core.services.measurements.protocol import ProtocolChange
from core.services.models import models
from core.services.projects import projects
from core.services.projects.projects import MetricCorrection, SettingsChange
from core.services.queue import run_lifecycle
from core.services.queue.results import Evaluated
from core.testing.laboratory import ACCURACY, Laboratory

OTHER = 0.123


def evaluate(laboratory: Laboratory, model: Model, how: Measurement, metrics: dict[str, float]) -> None:
    """Queue an evaluation as people do, and end it with these values."""
    measurements.queue_evaluation(laboratory.app, [model.id], how)
    run = laboratory.claim()
    assert run is not None
    told = {"precision": run.payload["precision"]}
    if "instances" in run.payload:
        told["instances_asked"] = run.payload["instances"]
    dataset = DatasetId(run.payload["dataset_id"])
    result = Evaluated(dataset, run.payload["split"], 4, metrics, {}, environment=told)
    run_lifecycle.succeed(laboratory.app, run.id, run.attempt, result)


@pytest.mark.parametrize("budgets", [{"top1@instances=2": 0.9}, {"top1@instances=2": 0.9, "top1": 0.8}])
def test_what_is_set_on_a_variant_follows_it_into_the_protocol(
    app: Application, laboratory: Laboratory, base: Model, budgets: dict[str, float]
) -> None:
    evaluate(laboratory, base, Measurement(instances=2), {ACCURACY.name: OTHER})
    leading = ["top1@instances=2", "file_bytes"]
    projects.change_settings(app, base.project_id, SettingsChange(primary=leading, budgets=budgets))
    changed = protocol.change_protocol(app, base.project_id, ProtocolChange(instances=2))
    assert changed.budgets == {"top1": budgets.get("top1", 0.9)}
    assert changed.primary == ("top1", "file_bytes")
    renamed = projects.change_settings(app, base.project_id, SettingsChange(name="New name"))
    assert renamed.name == "New name"


def test_what_is_set_on_a_variant_follows_its_name_when_the_protocol_changes(
    app: Application, laboratory: Laboratory, base: Model
) -> None:
    """The variant is of the split train and all instances, whatever its name has to say of that."""
    evaluate(laboratory, base, Measurement(split="train"), {ACCURACY.name: OTHER})
    evaluate(laboratory, base, Measurement(instances=2), {ACCURACY.name: 0.5})
    budgets = {"top1@split=train": 0.9, "top1": 0.8}
    projects.change_settings(
        app, base.project_id, SettingsChange(primary=["top1@split=train"], budgets=budgets)
    )
    changed = protocol.change_protocol(app, base.project_id, ProtocolChange(instances=2))
    renamed = "top1@split=train,instances=all"
    assert changed.budgets == {renamed: 0.9, "top1": 0.8}
    assert changed.primary == (renamed,)
    assert models.get_model(app, base.id).model.metrics[renamed] == OTHER
    back = protocol.change_protocol(app, base.project_id, ProtocolChange(every_instance=True))
    assert (back.budgets, back.primary) == (budgets, ("top1@split=train",))


def test_what_is_set_on_a_variant_goes_with_its_last_value(
    app: Application, laboratory: Laboratory, base: Model
) -> None:
    evaluate(laboratory, base, Measurement(split="train"), {ACCURACY.name: OTHER})
    budgets = {"top1@split=train": 0.9, "file_bytes": 1e6}
    projects.change_settings(
        app, base.project_id, SettingsChange(primary=["top1", "top1@split=train"], budgets=budgets)
    )
    protocol.delete_evaluation(app, models.get_model(app, base.id).evaluations[0].id)
    kept = projects.get_project(app, base.project_id)
    assert (kept.primary, kept.budgets) == (("top1",), {"file_bytes": 1e6})
    stale = SettingsChange(name="New name", budgets=budgets, primary=["top1"])
    with pytest.raises(InvalidInput, match="no metric named 'top1@split=train'"):
        projects.change_settings(app, base.project_id, stale)


def test_a_budget_on_recovery_goes_when_its_metric_leads_no_longer(app: Application, base: Model) -> None:
    projects.change_settings(app, base.project_id, SettingsChange(budgets={"top1@recovery": 0.9}))
    projects.change_settings(app, base.project_id, SettingsChange(primary=["file_bytes"]))
    assert projects.get_project(app, base.project_id).budgets == {}


def test_settings_that_were_stored_for_a_metric_that_is_gone_do_not_block_others(
    app: Application, base: Model
) -> None:
    project = projects.get_project(app, base.project_id)
    with app.unit_of_work(writing=True) as uow:
        uow.projects.set_metrics(
            project.id, project.metrics, primary=["gone", "top1"], budgets={"gone": 1.0, "top1": 0.5}
        )
        uow.commit()
    stored = projects.get_project(app, project.id).budgets
    change = SettingsChange(name="New name", budgets=dict(stored))
    renamed = projects.change_settings(app, project.id, change)
    assert (renamed.name, renamed.primary, renamed.budgets) == ("New name", ("top1",), {"top1": 0.5})


def test_a_restored_model_keeps_the_definition_of_its_variant(
    app: Application, laboratory: Laboratory, base: Model
) -> None:
    evaluate(laboratory, base, Measurement(instances=2), {ACCURACY.name: OTHER})
    laboratory.sweep(projects.get_project(app, base.project_id), base.id, ((SweepStep("prune"),),))
    laboratory.play()
    (child,) = (one for one in models.list_models(app, base.project_id) if one.id != base.id)
    evaluate(laboratory, child, Measurement(split="train"), {ACCURACY.name: OTHER})
    models.delete_models(app, [child.id])
    protocol.delete_evaluation(app, models.get_model(app, base.id).evaluations[0].id)
    models.restore_models(app, [child.id])
    metric = projects.get_project(app, base.project_id).metric("top1@split=train")
    assert metric is not None
    assert metric.label == "Top-1 accuracy · train"
    assert models.get_model(app, child.id).model.metrics[metric.name] == OTHER


def test_a_derived_metric_cannot_be_corrected(app: Application, base: Model) -> None:
    wrong = MetricCorrection("top1@recovery", label="Kept", direction=Direction.LOWER)
    with pytest.raises(InvalidInput) as caught:
        projects.change_settings(app, base.project_id, SettingsChange(corrections=[wrong]))
    assert {problem.field: problem.message for problem in caught.value.problems} == {
        f"metrics.top1@recovery.{part}": "Top-1 accuracy · recovery is derived from Top-1 accuracy, "
        f"so its {part} cannot be changed."
        for part in ("label", "direction")
    }

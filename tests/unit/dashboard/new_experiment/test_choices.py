"""What the drawer offers to choose from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from core.domain.catalogue import Catalogue, Worker
from core.domain.ids import ModelId, RunId, WorkerId
from core.domain.queue.run import RunStatus
from core.domain.recipe import Step
from core.domain.technique import Family, Storage, TechniqueSpec
from core.services.workers.built_in import built_in
from core.testing.laboratory import CATALOGUE
from core.testing.projects.forests import model
from dashboard.views.new_experiment.choices import (
    BASES_GROUP,
    device_options,
    model_options,
    named_models,
    notice,
)
from dashboard.views.new_experiment.editor import editor, initial_values, technique_options, what_it_does
from dashboard.views.new_experiment.entries.draft import Draft, RecipeDraft, StepDraft, fresh
from dashboard.views.new_experiment.opening_callbacks import only_base

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def worker(*queues: str) -> Worker:
    return Worker(WorkerId("w"), "host", 1, queues, 1, NOW, NOW)


def test_models_are_grouped_by_technique_with_their_ancestors() -> None:
    base = replace(model(1), name="base")
    pruned = replace(model(2, base, Step("prune", {"sparsity": 0.5})), name="pruning 0.5")
    tuned = replace(model(3, pruned, Step("odd")), name="odd 1", status=RunStatus.QUEUED)
    groups = model_options([base, pruned, tuned], CATALOGUE)
    assert [group["group"] for group in groups] == [BASES_GROUP, "Magnitude pruning", "odd"]
    (last,) = groups[2]["items"]
    assert last == {
        "value": "3",
        "label": "pruning 0.5 \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} odd 1 (being made)",
    }


def test_devices_are_those_that_workers_serve() -> None:
    assert [option["value"] for option in device_options([worker("cpu"), worker("cpu", "gpu")])] == [
        "cpu",
        "gpu",
    ]
    assert [option["value"] for option in device_options([])] == ["cpu"]


def test_a_missing_worker_is_named() -> None:
    assert notice([worker("cpu")]) is None
    missing = notice([])
    assert missing is not None
    assert missing.title == "No worker is connected"


def test_an_unavailable_technique_says_why_and_cannot_be_chosen() -> None:
    spec = TechniqueSpec(
        *("fp8", "FP8", "Short.", "", "1", (), Storage.SIMULATED),
        unavailable="needs a GPU",
        family=Family.QUANTIZATION,
    )
    (group,) = technique_options(Catalogue(techniques=(spec,)))
    (option,) = group["items"]
    assert option == {
        "value": "fp8",
        "label": "FP8",
        "disabled": True,
        "about": "needs a GPU",
        "named": "FP8 fp8",
        "words": "Short. quantization",
    }


def test_techniques_are_grouped_by_family_and_say_what_they_do() -> None:
    groups = {group["group"]: group["items"] for group in technique_options(built_in())}
    assert list(groups) == [
        "Weight pruning",
        "Structured pruning",
        "Quantization",
        "Palettization",
        "Low rank",
        "Distillation",
        "Training",
        "Correction",
        "Export",
    ]
    assert [each["value"] for each in groups["Structured pruning"]] == [
        "channel-pruning",
        "ffn-pruning",
        "head-pruning",
    ]
    about = {each["value"]: each["about"] for each in groups["Quantization"]}
    int8 = [about[name] for name in ("dynamic-int8", "static-int8", "int8-kernels")]
    assert ["same speed" in each for each in int8] == [True, True, False]
    assert "really faster" in int8[2]
    assert len(set(int8)) == 3


def test_a_technique_that_only_acts_its_saving_out_is_marked() -> None:
    spec = TechniqueSpec("fp8", "FP8", "FP8: weights are short.", "", "1", (), Storage.SIMULATED)
    assert what_it_does(spec) == "Weights are short. Simulated: the file stays as large."


def test_the_editor_has_an_input_per_parameter_and_outlives_the_technique() -> None:
    spec = CATALOGUE.technique("prune")
    assert initial_values(spec) == {"sparsity": "0.5"}
    draft = Draft((RecipeDraft(1, (StepDraft(2, "prune", {"sparsity": "0.5"}), StepDraft(3, "gone"))),), 3)
    drawn = str(editor(draft, CATALOGUE))
    assert "'name': 'sparsity'" in drawn
    assert "No worker offers 'gone'" in drawn
    assert "Choose a technique" in str(editor(fresh(), CATALOGUE))


def test_models_are_named_where_work_can_start() -> None:
    base = model(1, name="base", making_run_id=RunId(1))
    pruned = model(2, base, Step("prune", {"sparsity": 0.5}), name="pruning 0.5", making_run_id=RunId(2))
    draft = Draft((RecipeDraft(1, (StepDraft(2, "distill", {"teacher": "parent"}),)),), last_uid=2)
    drawn = str(editor(draft, CATALOGUE, [base, pruned]))
    assert "{'value': '2', 'label': 'pruning 0.5 (id 2)'}" in drawn
    assert "{'value': 'parent', 'label': 'parent'}" in drawn
    imported = replace(base, making_run_id=None)
    assert named_models([imported]) == []
    assert (only_base([base, pruned]), only_base([base, replace(base, id=ModelId(3))])) == (["1"], [])
    assert only_base([imported]) == []

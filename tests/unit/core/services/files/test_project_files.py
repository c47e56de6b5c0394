"""Projects and base models from YAML."""

from __future__ import annotations

import pytest

from core.domain.condition import QualityCondition
from core.errors import InvalidInput
from core.services.application import Application
from core.services.files.project_files import add_from_file, create_from_file
from core.services.models.models import get_model, list_models
from core.services.projects.projects import list_projects
from core.testing.fakes import acting_as
from core.testing.laboratory import Laboratory

PROJECT = """
name: Street signs
task: image-classification
primary: [top1]
budgets: {file_bytes: 1000000}
datasets: [{name: signs, source: digits}]
bases:
  - {name: imported, source: residual-cnn}
  - {name: trained, source: residual-cnn, seed: 3, training: {epochs: 5, learning_rate: 0.01}}
"""


def test_a_file_makes_a_project_with_its_bases(app: Application, laboratory: Laboratory) -> None:
    project, models = create_from_file(acting_as(app, "ada"), PROJECT)
    assert (project.slug, project.primary, project.budgets) == (
        "street-signs",
        ("top1",),
        {"file_bytes": 1e6},
    )
    assert [data.source for data in project.datasets] == ["digits"]
    assert [(model.name, model.seed, model.author) for model in models] == [
        ("imported", 0, "ada"),
        ("trained", 3, "ada"),
    ]
    kinds = [get_model(app, model.id).runs[0] for model in models]
    assert [run.kind.value for run in kinds] == ["import", "train"]
    assert kinds[1].payload["epochs"] == 5
    assert kinds[1].payload["learning_rate"] == 0.01


def test_a_file_chooses_the_protocol(app: Application, laboratory: Laboratory) -> None:
    text = """
name: Street signs
task: image-classification
datasets: [{name: signs, source: digits}, {name: streets, source: digits}]
protocol: {data: streets, split: train, instances: 500, precision: bfloat16}
"""
    project, _ = create_from_file(app, text)
    wanted = QualityCondition(project.datasets[1].id, "train", 500, "bfloat16")
    assert project.protocol.quality == wanted
    assert project.protocol.efficiency is None


def test_bases_are_added_to_a_project(app: Application, laboratory: Laboratory) -> None:
    create_from_file(app, PROJECT)
    text = "project: street-signs\nbases: [{name: wide, source: residual-cnn, seed: 9}]"
    project, (model,) = add_from_file(app, text)
    assert (project.name, model.name, model.seed) == ("Street signs", "wide", 9)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("[]", {""}),
        ("name: [", {""}),
        ("name: a\ntask: image-classification\ndatset: []", {"datset"}),
        ("name: a\nbases: [{nme: b, training: {epoch: 3}}]", {"bases.0.nme", "bases.0.training.epoch"}),
        ("name: a\nbases: [{name: b, seed: x, parameters: [1]}]", {"bases.0.seed", "bases.0.parameters"}),
        ("name: a\nbases: {name: b}", {"bases"}),
        ("name: a\ntask: image-clasification", {"task"}),
        (
            """{name: a, task: image-classification,
                protocol: {data: b, split: dev, instances: 0, precision: int8}}""",
            {f"protocol.{part}" for part in ("data", "split", "instances", "precision")},
        ),
        ("name: a\nprotocol: {splt: test, instances: some}", {"protocol.splt", "protocol.instances"}),
        ("name: [a, b]\ntask: {a: 1}\ndescription: {a: 1}", {"name", "task", "description"}),
        (
            "name: a\nbases: [{name: [a], training: {epochs: 2.5}}]",
            {"bases.0.name", "bases.0.training.epochs"},
        ),
        (
            f"name: a\nbases: [{{training: {{learning_rate: {10**400}, batch_size: .nan}}}}]",
            {"bases.0.training.learning_rate", "bases.0.training.batch_size"},
        ),
        (
            "name: a\ndatasets: 0\nbases: false\nbudgets: 5\nprotocol: ''",
            {"datasets", "bases", "budgets", "protocol"},
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_named_at_its_field(
    app: Application, laboratory: Laboratory, text: str, fields: set[str]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        create_from_file(app, text)
    assert {problem.field for problem in refused.value.problems} == fields


def test_a_base_that_is_refused_is_named_by_its_place(app: Application, laboratory: Laboratory) -> None:
    create_from_file(app, PROJECT)
    with pytest.raises(InvalidInput) as refused:
        add_from_file(app, "project: street-signs\nbases: [{name: a, source: residual-cn}]")
    (problem,) = refused.value.problems
    assert (problem.field, problem.hint) == ("bases.0.source", "Did you mean residual-cnn?")


@pytest.mark.parametrize(
    ("line", "field", "message"),
    [
        (
            "budgets: {top1: .nan}",
            "budgets.top1",
            "The budget of Top-1 accuracy is nan, not a finite number.",
        ),
        ("budgets: {top1: 1e400}", "budgets.top1", "is '1e400', not a finite number."),
        ("budgets: {top1: 1.0e+400}", "budgets.top1", "is inf, not a finite number."),
        ("budgets: {top1: true}", "budgets.top1", "is True, not a finite number."),
        ("budgets: {top1: abc}", "budgets.top1", "is 'abc', not a finite number."),
        ("budgets: {top1: null}", "budgets.top1", "is None, not a finite number."),
        (f"budgets: {{top1: {10**400}}}", "budgets.top1", "not a finite number."),
        ("primary: 5", "primary", "5 is not a list of metrics."),
        ("primary: top1", "primary", "'top1' is not a list of metrics."),
        ("primary: [{a: 1}]", "primary", "has no metric named {'a': 1}."),
    ],
)
def test_what_is_set_on_metrics_is_checked_as_in_the_settings(
    app: Application, laboratory: Laboratory, line: str, field: str, message: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        create_from_file(app, f"name: a\ntask: image-classification\n{line}")
    (problem,) = refused.value.problems
    assert problem.field == field
    assert problem.message.endswith(message)
    assert len(problem.message) < 150


def test_a_corrected_file_makes_the_project_that_a_wrong_base_prevented(
    app: Application, laboratory: Laboratory
) -> None:
    wrong = PROJECT.replace("name: trained, source: residual-cnn", "name: trained, source: residual-cn")
    with pytest.raises(InvalidInput) as refused:
        create_from_file(app, wrong)
    assert [problem.field for problem in refused.value.problems] == ["bases.1.source"]
    assert list_projects(app) == []
    project, models = create_from_file(app, PROJECT)
    assert (project.slug, len(models)) == ("street-signs", 2)
    with pytest.raises(InvalidInput):
        add_from_file(
            app,
            "project: street-signs\nbases: [{name: a, source: residual-cnn, seed: 7}, {name: b, source: x}]",
        )
    assert len(list_models(app, project.id)) == 2

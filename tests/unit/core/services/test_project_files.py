"""Projects and base models from YAML."""

from __future__ import annotations

import pytest

from core.domain.condition import QualityCondition
from core.errors import InvalidInput
from core.services.application import Application
from core.services.models import get_model
from core.services.project_files import add_from_file, create_from_file
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
    project, models = create_from_file(app, PROJECT, author="ada")
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

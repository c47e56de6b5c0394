"""Distillation: the student's loss worked out by hand, shallower networks, and what students learn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.models.mobilenetv2 import mobilenet_v2
from torchvision.models.resnet import BasicBlock, ResNet

import core.compression.techniques.distillation
import core.compression.techniques.magnitude_pruning  # noqa: F401
from core.compression.base import Ancestor, Context, apply_step
from core.compression.checkpoints.checkpoint import load, save
from core.compression.layers import compressible_layers
from core.compression.model import CompressibleModel
from core.compression.structure.depth import repeated, spread
from core.compression.techniques.distillation import soft_loss
from core.data.base import load_data
from core.data.dataset import IGNORED, call
from core.domain.technique import LayerRules
from core.errors import InvalidInput, UnusableInput
from core.evaluation.base import tasks
from core.models.training import Schedule, train
from core.registry import discover

discover("core.models.sources")
discover("core.data.sources")
discover("core.evaluation.tasks")


@pytest.fixture(scope="module")
def teacher() -> CompressibleModel:
    model = CompressibleModel.create("residual-cnn", {"width": 8, "blocks": 3}, seed=1)
    data, task = load_data("digits", {}, "train"), tasks.get("image-classification")
    train(model.module, data, task=task, schedule=Schedule(2, 0.01, 64), seed=0)
    return model


@pytest.fixture(scope="module")
def context(teacher: CompressibleModel) -> Context:
    return Context(
        seed=2,
        data=load_data("digits", {"rare_classes": [0, 1, 2, 3], "kept_fraction": 0.2}, "train"),
        task=tasks.get("image-classification"),
        ancestors=(Ancestor("base", teacher.copy),),
    )


def distilled(model: CompressibleModel, context: Context, **parameters: object) -> CompressibleModel:
    return apply_step("distillation", {"epochs": 1, **parameters}, LayerRules(), model, context)


def divergence(student: CompressibleModel, teacher: CompressibleModel) -> float:
    images = load_data("digits", {}, "test").examples(200)
    with torch.inference_mode():
        given, wanted = (call(model.module, images).log_softmax(-1) for model in (student, teacher))
    return float(nn.functional.kl_div(given, wanted, log_target=True, reduction="batchmean"))


def test_the_soft_loss_is_the_divergence_of_softened_outputs() -> None:
    student, teacher = torch.randn(6, 4), torch.randn(6, 4)

    def softened(logits: torch.Tensor) -> np.ndarray:
        exponents = np.exp(logits.double().numpy() / 3)
        return exponents / exponents.sum(axis=1, keepdims=True)

    given, wanted = softened(student), softened(teacher)
    expected = (wanted * np.log(wanted / given)).sum(axis=1).mean() * 9
    found = soft_loss(student, teacher, torch.zeros(6, dtype=torch.int64), 3.0)
    assert float(found) == pytest.approx(expected, rel=1e-5)


def test_tokens_that_do_not_count_are_left_out() -> None:
    student, teacher = torch.randn(2, 3, 5), torch.randn(2, 3, 5)
    labels = torch.tensor([[1, IGNORED, 2], [IGNORED, IGNORED, 4]])
    changed = student.clone()
    changed[0, 1] += 9
    assert float(soft_loss(student, teacher, labels, 2.0)) == float(soft_loss(changed, teacher, labels, 2.0))
    changed[0, 0] += torch.randn(5)
    assert float(soft_loss(student, teacher, labels, 2.0)) != float(soft_loss(changed, teacher, labels, 2.0))


@pytest.mark.parametrize(
    ("family", "stacks"), [("gpt2", 1), ("llama", 1), ("t5", 2), ("bert", 1), ("vit", 1)]
)
def test_transformers_lose_layers_and_still_run(family: str, stacks: int, tmp_path: Path) -> None:
    options = {"family": family, "layers": 6, "width": 16, "heads": 2, "context": 16}
    model = CompressibleModel.create("tiny-transformer", options)
    kept = spread(model.module, 0.5)
    assert len(kept) == stacks
    assert all(positions[0] == 0 for positions in kept.values())
    model.edit("keep-layers", {"stacks": kept})
    tokens = torch.arange(5)[None]
    inputs = {"input_ids": tokens} | ({"decoder_input_ids": tokens} if family == "t5" else {})
    chosen = torch.rand(1, 3, 32, 32) if family == "vit" else inputs
    save(model, tmp_path / "model")
    again = load(tmp_path / "model")
    with torch.inference_mode():
        assert torch.equal(call(again.module, chosen), call(model.module, chosen))
        if family in {"gpt2", "llama", "t5"}:
            written = again.module.generate(tokens, max_new_tokens=3, do_sample=False)
            slow = again.module.generate(tokens, max_new_tokens=3, do_sample=False, use_cache=False)
            assert torch.equal(written, slow)


@pytest.mark.parametrize(
    "module", [ResNet(BasicBlock, [3, 3, 1, 1]), mobilenet_v2(width_mult=0.1)], ids=["resnet", "mobilenet"]
)
def test_convolutional_networks_lose_blocks_of_one_shape(module: nn.Module) -> None:
    before = sum(parameter.numel() for parameter in module.parameters())
    model = CompressibleModel(module.eval(), CompressibleModel.create("residual-cnn", {}).architecture)
    model.edit("keep-layers", {"stacks": spread(module, 0.3)})
    assert sum(parameter.numel() for parameter in module.parameters()) < before
    assert not spread(module, 1.0)
    with torch.inference_mode():
        assert module(torch.rand(1, 3, 32, 32)).shape == (1, 1000)


def test_networks_without_repetition_have_nothing_to_lose() -> None:
    module = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.ReLU(), nn.ReLU())
    assert not repeated(nn.ModuleDict({"all": module}))


def test_the_student_is_smaller_and_learns_from_its_teacher(
    teacher: CompressibleModel, context: Context, tmp_path: Path
) -> None:
    student = distilled(teacher, context, layers_kept=0.4, epochs=3, learning_rate=0.01)
    assert student.edits[0].name == "keep-layers"
    smaller = save(student, tmp_path / "student").theoretical_bytes
    assert smaller < 0.8 * save(teacher, tmp_path / "teacher").theoretical_bytes
    assert torch.equal(
        load(tmp_path / "student").module(torch.ones(1, 1, 8, 8)), student.module(torch.ones(1, 1, 8, 8))
    )
    untaught = distilled(teacher, context, layers_kept=0.4, epochs=1, learning_rate=1e-9)
    assert divergence(student, teacher) < 0.5 * divergence(untaught, teacher)


def test_another_architecture_can_be_the_student(
    teacher: CompressibleModel, context: Context, tmp_path: Path
) -> None:
    options = {"student": "another", "source": "residual-cnn", "source_parameters": '{"width": 4}'}
    student = distilled(teacher, context, **options)
    assert dict(student.architecture.parameters) == {"width": 4}
    assert student.edits == ()
    save(student, tmp_path / "student")
    assert load(tmp_path / "student").module.get_parameter("classifier.weight").shape == (10, 16)


def test_a_pruned_model_learns_from_its_base_and_stays_pruned(
    teacher: CompressibleModel, context: Context
) -> None:
    pruned = apply_step("magnitude-pruning", {"sparsity": 0.8}, LayerRules(), teacher, context)
    lineage = replace(context, ancestors=(*context.ancestors, Ancestor("pruned", pruned.copy)))
    tuned = distilled(pruned, lineage, student="itself", teacher="base", soft_share=1.0)
    assert divergence(tuned, teacher) < 0.5 * divergence(pruned, teacher)
    for before, after in zip(
        compressible_layers(pruned.module), compressible_layers(tuned.module), strict=True
    ):
        assert bool((after.weight[before.weight == 0] == 0).all())


def test_a_model_learns_from_a_teacher_that_is_none_of_its_ancestors(
    teacher: CompressibleModel, context: Context
) -> None:
    start = CompressibleModel.create("residual-cnn", {"width": 4}, seed=5)
    taught = replace(context, ancestors=(), teacher=Ancestor("another", teacher.copy))
    options = {"student": "itself", "teacher": "7", "soft_share": 1.0}
    student = distilled(start, taught, **options, epochs=3, learning_rate=0.01)
    untaught = distilled(start, taught, **options, learning_rate=1e-9)
    assert divergence(student, teacher) < 0.5 * divergence(untaught, teacher)
    with pytest.raises(InvalidInput, match="parent, base or the id of a model"):
        distilled(start, taught, teacher="bse")


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"student": "itself"}, "own teacher has nothing to learn"),
        ({"student": "itself", "teacher": "base"}, "own teacher has nothing to learn"),
        ({"student": "another"}, "none is named"),
        ({"layers_kept": 1.0}, "100 % of the repeated layers removes none"),
        (
            {
                "student": "another",
                "source": "residual-cnn",
                "source_parameters": '{"classes": 3}',
            },
            r"outputs have the shape \(2, 3\), its teacher's \(2, 10\)",
        ),
        (
            {
                "student": "another",
                "source": "residual-cnn",
                "source_parameters": '{"channels": 3}',
            },
            "cannot read the inputs of its teacher",
        ),
    ],
    ids=["itself", "itself as base", "nobody", "nothing removed", "classes", "channels"],
)
def test_students_that_do_not_suit_are_refused(
    teacher: CompressibleModel, context: Context, parameters: dict[str, object], said: str
) -> None:
    with pytest.raises(UnusableInput, match=said):
        distilled(teacher, context, **parameters)


@pytest.mark.parametrize("text", ["{", "[1]", "3"])
def test_parameters_of_the_source_are_a_json_object(
    teacher: CompressibleModel, context: Context, text: str
) -> None:
    with pytest.raises(InvalidInput, match="source_parameters"):
        distilled(teacher, context, student="another", source="residual-cnn", source_parameters=text)

"""One layer at a time: what is compressed, what is measured, what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np
import pytest
import torch
from torch import nn

from core.compression import base as compression
from core.compression.base import Context, apply_step
from core.compression.model import CompressibleModel
from core.domain.recipe import Step
from core.domain.technique import LayerRules
from core.errors import UnusableInput
from core.inspection.sensitivity import Evaluate, Examination, Measured, sensitivity
from core.ports import Progress, Silent
from core.registry import discover

discover("core.compression.techniques")
discover("core.models.sources")

PRUNE = Step("magnitude-pruning", {"sparsity": 0.9})


def seen(
    metrics: Callable[[nn.Module], Mapping[str, float]], progress: Progress | None = None
) -> Examination:
    """Examine by metrics alone."""
    evaluate: Evaluate = lambda module: Measured(metrics(module))  # noqa: E731
    return Examination(evaluate, progress=progress or Silent())


@pytest.fixture
def model() -> CompressibleModel:
    return CompressibleModel.create("residual-cnn", {"width": 4})


def zeros(module: nn.Module) -> Mapping[str, float]:
    """Stand in for an evaluation: how many weights are zero, and in how many layers."""
    counts = [int((value == 0).sum()) for name, value in module.named_parameters() if value.dim() > 1]
    return {"zeros": float(sum(counts)), "layers": float(sum(count > 0 for count in counts))}


def test_each_result_has_one_layer_compressed(model: CompressibleModel) -> None:
    before, found = sensitivity(model, PRUNE, Context(), seen(zeros))
    assert before == {"zeros": 0, "layers": 0}
    layers = found["layer"].tolist()
    assert len(layers) > 3
    assert found["metric.layers"].tolist() == [1] * len(layers)
    expected = [round(0.9 * weights) for weights in found["weights"]]
    np.testing.assert_allclose(found["metric.zeros"], expected, atol=1)
    assert (found["bits_after"] < 0.5 * found["bits_before"]).all()
    assert (found["problem"] == "").all()
    assert np.isfinite(found["sqnr_db"]).all()


def test_a_layer_is_compressed_as_it_would_be_alone(model: CompressibleModel) -> None:
    step = Step("weight-only-quantization", {"bits": 3})
    _, found = sensitivity(model, step, Context(), seen(lambda module: {"sum": total(module)}))
    name = str(found["layer"][2])
    rules = LayerRules(include=(f"^{re.escape(name)}$",))
    alone = apply_step(step.technique, step.parameters, rules, model, Context())
    assert found["metric.sum"][2] == total(alone.module)
    assert len(set(found["metric.sum"].tolist())) == len(found["layer"])


def total(module: nn.Module) -> float:
    return sum(float(value.detach().double().abs().sum()) for value in module.parameters())


def test_rules_choose_the_layers(model: CompressibleModel) -> None:
    step = Step(PRUNE.technique, PRUNE.parameters, LayerRules(("stages",), ("second",)))
    _, found = sensitivity(model, step, Context(), seen(zeros))
    assert found["layer"].tolist()
    assert all("stages" in name and "second" not in name for name in found["layer"])
    nothing = Step(PRUNE.technique, PRUNE.parameters, LayerRules(exclude=("",)))
    with pytest.raises(UnusableInput, match="leave no layer"):
        sensitivity(model, nothing, Context(), seen(zeros))


def test_the_model_is_left_alone(model: CompressibleModel) -> None:
    before = {name: value.clone() for name, value in model.module.state_dict().items()}
    sensitivity(model, PRUNE, Context(), seen(zeros))
    assert all(torch.equal(before[name], value) for name, value in model.module.state_dict().items())


def test_a_layer_that_cannot_be_compressed_says_why(
    model: CompressibleModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    technique = compression.techniques.get(PRUNE.technique)
    apply = technique.apply

    def picky(given: CompressibleModel, params: object, context: Context) -> None:
        if "stem" in context.rules.include[0]:
            raise UnusableInput("The stem must stay.", "Leave it out.")
        apply(given, params, context)

    monkeypatch.setattr(technique, "apply", picky)
    _, found = sensitivity(model, PRUNE, Context(), seen(zeros))
    assert found["problem"].tolist()[:2] == ["The stem must stay.", ""]
    assert np.isnan(found["metric.zeros"][0])
    assert found["bits_after"][0] == -1
    assert np.isfinite(found["metric.zeros"][1:]).all()


@pytest.mark.parametrize(
    ("technique", "first", "kind"),
    [
        ("head-pruning", "bert.encoder.layer.0.attention", "BertAttention"),
        ("ffn-pruning", "bert.encoder.layer.0", "BertLayer"),
    ],
)
def test_layers_that_lose_units_together_are_one_part(technique: str, first: str, kind: str) -> None:
    size = {"family": "bert", "width": 16, "heads": 4, "context": 8, "vocabulary": "who went"}
    model = CompressibleModel.create("tiny-transformer", size)
    step = Step(technique, {"ratio": 0.5, "criterion": "magnitude"})
    before, found = sensitivity(model, step, Context(), seen(numbers))
    assert found["layer"].tolist() == [first, first.replace("0", "1")]
    assert found["module_type"].tolist() == [kind] * 2
    assert found["problem"].tolist() == ["", ""]
    np.testing.assert_array_equal(before["weights"] - found["metric.weights"], 0.5 * found["weights"])
    np.testing.assert_array_equal(found["bits_after"], 0.5 * found["bits_before"])
    rules = LayerRules(exclude=(r"layer\.0\.",))
    _, rest = sensitivity(model, Step(technique, step.parameters, rules), Context(), seen(numbers))
    assert rest["layer"].tolist() == [first.replace("0", "1")]


def numbers(module: nn.Module) -> Mapping[str, float]:
    """Stand in for an evaluation: how many numbers all matrices have."""
    return {"weights": float(sum(value.numel() for value in module.parameters() if value.dim() > 1))}


def test_a_step_that_every_layer_refuses_has_no_result(model: CompressibleModel) -> None:
    step = Step("channel-pruning", {"ratio": 0.5}, LayerRules(("stem",)))
    with pytest.raises(UnusableInput, match="No layer bears the step alone: "):
        sensitivity(model, step, Context(), seen(zeros))


def test_progress_names_the_layer(model: CompressibleModel) -> None:
    said: list[tuple[float, str]] = []

    class Listening:
        def report(self, fraction: float, message: str = "") -> None:
            said.append((fraction, message))

    sensitivity(model, PRUNE, Context(), seen(zeros, Listening()))
    assert [fraction for fraction, _ in said] == sorted(fraction for fraction, _ in said)
    assert said[1][1].startswith("stem.0 (1 of ")
    assert said[-1][0] < 1

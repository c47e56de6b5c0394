"""What every technique promises; plug-ins check theirs with the same class.

    from core.testing.contracts.technique_contract import TechniqueContract

    @pytest.mark.parametrize("name", ["my-technique"])
    class TestMyTechnique(TechniqueContract):
        pass

Override `suited` and `cannot_follow` for a technique that does not suit a small residual network.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor

from core.compression.base import Ancestor, Context, Technique, apply_step, techniques
from core.compression.checkpoints.checkpoint import load, save
from core.compression.layers import compressible_layers, parameterised_modules
from core.compression.model import CompressibleModel
from core.data.base import load_data
from core.data.dataset import call
from core.domain.parameter.spec import Kind
from core.domain.technique import LayerRules, Storage
from core.errors import InvalidInput, UnusableInput
from core.evaluation.base import tasks
from core.registry import discover
from core.testing.predicted import predicted_file

SOURCES: Mapping[str, Mapping[str, Any]] = {
    "residual-cnn": {"width": 4},
    "tiny-transformer": {
        "family": "vit",
        "channels": 1,
        "image_size": 8,
        "width": 16,
        "heads": 4,
        "classes": 10,
        "layers": 2,
    },
}
"""Models that techniques are tried on, with the parameters of their sources."""
BEFORE = (
    "magnitude-pruning",
    "weight-only-quantization",
    "palettization",
    "float-casting",
    "dynamic-int8",
    "low-rank",
    "channel-pruning",
    "head-pruning",
    "fine-tune",
)
"""One technique for each form that a model can have been given before."""
QUICK = {"epochs": 1, "samples": 64}
"""Values for parameters of these names, so that tests stay fast."""

Weights = dict[str, Tensor]


def discover_plugins() -> None:
    """Register what comes with the product."""
    packages = ("compression.techniques", "models.sources", "data.sources", "evaluation.tasks")
    for package in packages:
        discover(f"core.{package}")


def quick(technique: Technique[Any]) -> dict[str, object]:
    """Return values for parameters that would make a test slow."""
    return {name: value for name, value in QUICK.items() if name in technique.Params.model_fields}


def applied(name: str, model: CompressibleModel, context: Context) -> CompressibleModel:
    """Return a copy of the model after the technique with its defaults."""
    return apply_step(name, quick(techniques.get(name)), LayerRules(), model, context)


def weights_of(model: CompressibleModel) -> Weights:
    """Return a copy of all tensors of a model."""
    return copy.deepcopy(dict(model.module.state_dict()))


def differs(one: Weights, other: Weights) -> bool:
    """Return whether any tensor is different, bit for bit."""
    return one.keys() != other.keys() or any(not torch.equal(one[name], other[name]) for name in one)


@cache
def _made(source: str) -> CompressibleModel:
    return CompressibleModel.create(source, SOURCES[source], seed=1)


@cache
def _context() -> Context:
    discover_plugins()
    data = load_data("digits", {"rare_classes": [0, 1, 2, 3, 4, 5, 6], "kept_fraction": 0.1}, "train")
    return Context(
        seed=5,
        data=data,
        task=tasks.get("image-classification"),
        ancestors=(Ancestor("base", lambda: CompressibleModel.create("residual-cnn", {"width": 4}, seed=2)),),
    )


@cache
def _applied(name: str, source: str) -> CompressibleModel:
    """Return the technique's result on the model of a source; tests that change it take a copy."""
    return applied(name, _made(source), _context())


class TechniqueContract:
    """Tests of the technique `name`, which a parametrization gives."""

    suited: ClassVar[Mapping[str, str]] = {}
    """The source of the model, by technique, where a small residual network does not suit."""
    cannot_follow: ClassVar[Mapping[tuple[str, str], str]] = {}
    """Why a technique refuses what another one made."""

    @pytest.fixture
    def context(self) -> Context:
        return _context()

    @pytest.fixture
    def base(self, name: str) -> CompressibleModel:
        discover_plugins()
        return _made(self.suited.get(name, "residual-cnn"))

    @pytest.fixture
    def result(self, name: str) -> CompressibleModel:
        """What the technique makes of the base."""
        return _applied(name, self.suited.get(name, "residual-cnn"))

    def test_explains_itself(self, name: str) -> None:
        spec = techniques.get(name).spec()
        assert spec.name == name
        assert spec.label
        assert spec.version
        assert len(spec.summary) > 30
        assert "\n\n" in spec.documentation  # a summary and where the method comes from
        assert any(str(year) in spec.documentation for year in range(1950, 2040))

    def test_has_parameters_that_forms_can_be_made_from(self, name: str) -> None:
        spec = techniques.get(name).spec()
        for one in spec.parameters:
            assert one.label, one.name
            assert one.help, one.name
            assert one.kind is not Kind.ANY, one.name
        assert set(spec.headline) <= set(spec.by_name)

    def test_works_with_its_defaults_and_changes_the_copy_only(
        self, name: str, base: CompressibleModel, context: Context
    ) -> None:
        before = weights_of(base)
        random_state = torch.random.get_rng_state()
        result = applied(name, base, context)
        assert torch.equal(random_state, torch.random.get_rng_state())
        assert not differs(before, weights_of(base))
        assert differs(before, weights_of(result))
        if techniques.get(name).keeps_modules:
            assert parameterised_modules(result.module) == parameterised_modules(base.module)
        assert not result.module.training
        with torch.inference_mode():
            assert bool(call(result.module, torch.zeros(2, 1, 8, 8)).isfinite().all())

    def test_gives_the_same_result_again(
        self, name: str, base: CompressibleModel, result: CompressibleModel, context: Context
    ) -> None:
        torch.manual_seed(1)
        assert not differs(weights_of(result), weights_of(applied(name, base, context)))

    def test_names_the_seed_where_it_matters(
        self, name: str, base: CompressibleModel, result: CompressibleModel, context: Context
    ) -> None:
        if not techniques.get(name).stochastic:
            other = replace(context, seed=context.seed + 1)
            assert not differs(weights_of(result), weights_of(applied(name, base, other)))

    def test_is_stored_exactly(
        self, name: str, base: CompressibleModel, result: CompressibleModel, tmp_path: Path
    ) -> None:
        summary = save(result, tmp_path / "model")
        assert not differs(weights_of(result), weights_of(load(tmp_path / "model")))
        if techniques.get(name).storage is Storage.STORED:
            assert summary.theoretical_bytes < save(base, tmp_path / "base").theoretical_bytes

    def test_says_how_large_the_file_becomes(
        self, name: str, base: CompressibleModel, result: CompressibleModel, tmp_path: Path
    ) -> None:
        steps = [(name, quick(techniques.get(name)))]
        predicted = predicted_file(base, steps, tmp_path)
        if predicted.unknown:
            pytest.skip(predicted.unknown)
        size = save(result, tmp_path / "made").file_bytes
        assert size <= predicted.most_file_bytes * 1.15
        assert predicted.at_most or size >= predicted.file_bytes * 0.85

    def test_works_on_every_form_that_other_techniques_make(
        self, name: str, base: CompressibleModel, context: Context, tmp_path: Path
    ) -> None:
        source = base.architecture.source
        for other in (other for other in BEFORE if self.suited.get(other, source) == source):
            formed = _applied(other, source)
            if (name, other) in self.cannot_follow:
                with pytest.raises(UnusableInput, match=self.cannot_follow[name, other]):
                    applied(name, formed, context)
                continue
            both = applied(name, formed, context)
            save(both, tmp_path / "model")
            assert not differs(weights_of(both), weights_of(load(tmp_path / "model"))), other

    def test_keeps_pruned_weights_at_zero(self, name: str, base: CompressibleModel, context: Context) -> None:
        if name == "restore-layers":
            pytest.skip("it gives back what was pruned")
        pruned = apply_step("magnitude-pruning", {"sparsity": 0.6}, LayerRules(), base, context)
        result = applied(name, pruned, context)
        weights = {layer.name: layer.weight for layer in compressible_layers(result.module)}
        for before in compressible_layers(pruned.module):
            after = weights.get(before.name)
            if after is not None and before.weight.shape == after.shape:  # else nothing says which is which
                assert bool((after[before.weight == 0] == 0).all()), before.name

    @pytest.mark.parametrize("odd", [float("nan"), float("inf"), float("-inf")], ids=str)
    def test_refuses_weights_that_are_not_numbers(
        self, name: str, odd: float, base: CompressibleModel, context: Context
    ) -> None:
        broken = base.copy()
        with torch.no_grad():
            broken.module.get_parameter("classifier.weight")[0, 0] = odd
        with pytest.raises(UnusableInput, match=r"classifier\.weight hold NaN"):
            applied(name, broken, context)

    def test_refuses_unknown_parameters(self, name: str, base: CompressibleModel, context: Context) -> None:
        with pytest.raises(InvalidInput, match="no parameter named 'nonsense'"):
            apply_step(name, {"nonsense": 1}, LayerRules(), base, context)

    def test_refuses_patterns_that_match_nothing(
        self, name: str, base: CompressibleModel, context: Context
    ) -> None:
        with pytest.raises(InvalidInput, match="'nowhere' matches no module"):
            apply_step(name, {}, LayerRules(exclude=("nowhere",)), base, context)

    def test_says_so_where_it_needs_data_and_has_none(
        self, name: str, base: CompressibleModel, context: Context
    ) -> None:
        without = Context(ancestors=context.ancestors)
        if techniques.get(name).needs_data:
            with pytest.raises(UnusableInput, match="needs training data"):
                applied(name, base, without)
        else:
            applied(name, base, without)

"""What a compression technique is, and the one function through which steps are carried out."""

from __future__ import annotations

import re
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from inspect import getdoc
from typing import Any, ClassVar, Generic

import torch
from torch import nn

from core.compression.elementwise import elementwise_weights
from core.compression.layers import Layer, compressible_layers, parameterised_modules
from core.compression.model import CompressibleModel
from core.compression.parametrized import fold
from core.compression.stacked_weights.raw_weights import NEGLIGIBLE, left_over, raw_weights
from core.data.dataset import Dataset
from core.domain.effect import Effect
from core.domain.module_table import Units
from core.domain.parameter.traits import CountedUnits
from core.domain.technique import Family, LayerRules, Storage, TechniqueSpec
from core.errors import InvalidInput, Problem, UnusableInput
from core.models.curve_recorder import ValidationMetrics
from core.models.learnable import Learnable
from core.models.onnx_runtime.runtime_module import RUNTIME, OnnxModule
from core.parameters import P, Parameters, parse
from core.ports import Progress, Silent
from core.presentation.lists import listed
from core.presentation.numbers import percent
from core.registry import Registry

__all__ = ["Ancestor", "Context", "Parameters", "Technique", "apply_step", "techniques"]


@dataclass(frozen=True)
class Ancestor:
    """A model that the one at hand is made from: its name, and how to load it."""

    name: str
    load: Callable[[], CompressibleModel]


@dataclass(frozen=True)
class Context:
    """What a technique gets besides the model and its parameters.

    seed: decides every random choice of the step.
    data: the training split, for techniques that calibrate or train.
    task: the loss that training minimises.
    watch: metrics of the model while it is trained, for the training curve.
    ancestors: where the model comes from, the base first and the model itself last.
    teacher: the model's second parent; None: it learns from its parent, if from any.
    """

    seed: int = 0
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    progress: Progress = field(default_factory=Silent)
    data: Dataset | None = None
    task: Learnable | None = None
    rules: LayerRules = field(default_factory=LayerRules)
    ancestors: tuple[Ancestor, ...] = ()
    teacher: Ancestor | None = None
    watch: ValidationMetrics | None = None

    def generator(self) -> torch.Generator:
        """Return a fresh random generator (CPU) for the step's seed."""
        return torch.Generator().manual_seed(self.seed)

    def training_data(self) -> Dataset:
        """Return the training split, or raise `UnusableInput` where there is none."""
        if self.data is None or len(self.data) == 0:
            raise UnusableInput(
                "This step needs training data, but the project has none.",
                "Add a data set with a training split to the project, or leave the step out.",
            )
        return self.data

    def ancestor(self, depth: int, name: str = "") -> CompressibleModel:
        """Return the ancestor `depth` steps after the base, or the latest one of that name.

        Raises:
            UnusableInput: there is no such ancestor, or its weights are gone.
        """
        found = [entry for entry in self.ancestors if entry.name == name] if name else self.ancestors[depth:]
        if not found:
            known = listed(f"{place}: {entry.name}" for place, entry in enumerate(self.ancestors))
            wanted = f"named {name!r}" if name else f"{depth} steps after the base"
            raise UnusableInput(
                f"The model has no ancestor {wanted}.", f"Choose one of these: {known or 'there is none'}."
            )
        return found[-1 if name else 0].load()

    def training_task(self) -> Learnable:
        """Return the task to train for, or raise `UnusableInput` where there is none."""
        if self.task is None:
            raise UnusableInput("This step trains, but no task was given.", "Choose the project's task.")
        return self.task


class Technique(ABC, Generic[P]):
    """One kind of compression; the docstring of its module is its documentation and cites the paper.

    family: the group in which lists show it.
    version: changes whenever the same parameters would give other weights.
    headline: the parameters worth showing on the map.
    stochastic: whether the seed changes the result.
    keeps_modules: whether all modules keep their names; false for what replaces some by others.
    works_on: which module a model must have, see `TechniqueSpec.works_on`; empty: any model may do.
    needs_layers: whether it asks for `layers`, so that rules must leave it some.
    prunes: whether it sets single weights to zero for good, with `CompressibleModel.prune`.
    counted: what it counts as a whole, where no parameter does.
    runtime: what computes the model that it makes, if not PyTorch.
    raw_weights: whether `layers` gives it weights that no layer holds as well, such as stacked experts; for
        techniques that take weights as they are, without calling their modules.
    effect: what it does to size and arithmetic, for previews; None: it cannot say.
    """

    name: str
    label: ClassVar[str]
    family: ClassVar[Family] = Family.OTHER
    version: ClassVar[str] = "1"
    storage: ClassVar[Storage]
    headline: ClassVar[tuple[str, ...]] = ()
    needs_data: ClassVar[bool] = False
    stochastic: ClassVar[bool] = False
    keeps_modules: ClassVar[bool] = True
    works_on: ClassVar[str] = ""
    needs_layers: ClassVar[bool] = False
    prunes: ClassVar[bool] = False
    raw_weights: ClassVar[bool] = False
    runtime: ClassVar[str] = ""
    counted: ClassVar[CountedUnits | None] = None
    effect: ClassVar[Effect | None] = None
    Params: type[P]

    @abstractmethod
    def apply(self, model: CompressibleModel, params: P, context: Context) -> None:
        """Change the given model in place; raise `UnusableInput` where the model does not suit."""

    def unavailable(self) -> str:
        """Return why this machine cannot run the technique, empty where it can."""
        return ""

    def spec(self) -> TechniqueSpec:
        """Return what the catalogue says about the technique."""
        documentation = getdoc(sys.modules[type(self).__module__]) or ""
        return TechniqueSpec(
            name=self.name,
            label=self.label,
            summary=documentation.partition("\n\n")[0].replace("\n", " "),
            documentation=documentation,
            version=self.version,
            parameters=self.Params.specs(),
            storage=self.storage,
            headline=self.headline,
            needs_data=self.needs_data,
            stochastic=self.stochastic,
            unavailable=self.unavailable(),
            keeps_modules=self.keeps_modules,
            works_on=self.works_on,
            needs_layers=self.needs_layers,
            raw_weights=self.raw_weights,
            runtime=self.runtime,
            family=self.family,
            units=self.counted,
            effect=self.effect,
        )

    def units(self, module: nn.Module) -> Sequence[Units]:
        """Return what the technique could take as wholes; asked where something is counted."""
        del module
        return ()

    def layers(self, model: CompressibleModel, params: P, context: Context) -> list[tuple[Layer, P]]:
        """Return the layers to touch, each with the parameters that its overrides leave it with.

        Weights that a parametrization computes become plain ones first. Those out of reach of all techniques
        are noted with the model.

        Raises:
            UnusableInput: the rules and the model leave nothing to compress.
        """
        fold(model, context.rules)
        layers = compressible_layers(model.module, context.rules)
        if self.raw_weights:
            layers += raw_weights(model.module, context.rules)
        everywhere = compressible_layers(model.module)
        if self.raw_weights:
            everywhere += raw_weights(model.module)
        chosen = [(layer, _overridden(params, layer.names, context.rules)) for layer in layers]
        further = elementwise_weights(model.module, everywhere, context.rules)
        own = [(layer, _overridden(params, layer.names, context.rules)) for layer in further]
        chosen += [(layer, values) for layer, values in own if _wants_everything(values)]
        if not chosen:
            raise UnusableInput(
                f"{self.label} finds no layer to work on.",
                "Widen the layer rules; convolution, linear and embedding layers can be compressed.",
            )
        reached = everywhere + [layer for layer, _ in chosen if layer.elementwise]
        self.note_left_alone(model, left_over(model.module, reached, context.rules), _OUT_OF_REACH)
        return chosen

    def note_left_alone(self, model: CompressibleModel, sizes: Mapping[str, int], reason: str) -> None:
        """Note which weights the step leaves as they are, with their share of the model, and why.

        Nothing is said of a negligible part of the model.

        sizes: numbers by name. reason: a clause that follows "because".
        """
        numbers = sum(parameter.numel() for parameter in model.module.parameters())
        if sum(sizes.values()) > NEGLIGIBLE * numbers:
            model.note(_left_alone(sizes, numbers, reason))


_OUT_OF_REACH = "no layer that this technique works on holds them"

techniques: Registry[Technique[Any]] = Registry("technique", Technique)


def apply_step(
    technique_name: str,
    parameters: Mapping[str, Any],
    rules: LayerRules,
    model: CompressibleModel,
    context: Context,
) -> CompressibleModel:
    """Return a new model made by one step; the given model is never changed.

    The result depends on model, parameters, rules, data and seed only, and in its last bits on the device.

    Raises:
        UnknownName: no such technique.
        InvalidInput: parameters out of range, or layer rules that are malformed or match nothing.
        UnusableInput: the model or the data do not suit the technique.
    """
    technique = techniques.get(technique_name)
    require_pytorch(model, technique.label)
    params = parse(technique.Params, parameters)
    _check_rules(technique, params, rules, model)
    model.require_finite()
    result = model.copy()
    result.module.to(context.device)
    with torch.random.fork_rng(devices=[context.device] if context.device.type == "cuda" else []):
        torch.manual_seed(context.seed)
        technique.apply(result, params, replace(context, rules=rules))
    _note_emptied(model, result)
    result.module.eval()
    return result


def require_pytorch(model: CompressibleModel, what: str) -> None:
    """Raise `UnusableInput` if another runtime computes the model: steps change modules of PyTorch."""
    if isinstance(model.module, OnnxModule):
        raise UnusableInput(
            f"{what} needs a PyTorch module, but this model is computed by {RUNTIME}.",
            "Start from the model that it was exported from.",
        )


def _note_emptied(before: CompressibleModel, after: CompressibleModel) -> None:
    """Note which tensors a step pruned entirely, as no later training brings them back."""
    emptied = [
        name
        for name, mask in after.pruned.items()
        if bool(mask.all()) and not (name in before.pruned and bool(before.pruned[name].all()))
    ]
    if emptied:
        after.note(
            f"All weights of {listed(emptied)} were pruned, and training keeps them zero. To keep some, "
            "choose the same share for each layer, or leave them out by a layer rule."
        )


def _check_rules(technique: Technique[P], params: P, rules: LayerRules, model: CompressibleModel) -> None:
    names = parameterised_modules(model.module)
    problems = [problem for pattern in rules.patterns() for problem in _pattern_problems(pattern, names)]
    for pattern, replacement in rules.overrides:
        try:
            parse(technique.Params, {**params.model_dump(), **replacement}, path=f"rules.overrides.{pattern}")
        except InvalidInput as error:
            problems.extend(error.problems)
    if problems:
        raise InvalidInput(problems)


def _pattern_problems(pattern: str, names: list[str]) -> list[Problem]:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        return [
            Problem(
                "rules", f"{pattern!r} is not a regular expression: {error}.", "Escape special characters."
            )
        ]
    if any(compiled.search(name) for name in names):
        return []
    shown = ", ".join(names[:5])
    return [
        Problem(
            "rules", f"The layer pattern {pattern!r} matches no module.", f"Modules are named {shown} ..."
        )
    ]


def _left_alone(sizes: Mapping[str, int], numbers: int, reason: str) -> str:
    count = sum(sizes.values())
    share = f"{percent(count / numbers, 0)} of the model"
    return f"Left as they are: {listed(sizes, 3)} ({count:,} weights, {share}), because {reason}."


def _wants_everything(params: Parameters) -> bool:
    return getattr(params, "weights", "matrices") == "everything"


def _overridden(params: P, names: tuple[str, ...], rules: LayerRules) -> P:
    replacement: dict[str, Any] = {}
    for name in names:
        replacement.update(rules.overridden(name))
    return parse(type(params), {**params.model_dump(), **replacement}) if replacement else params

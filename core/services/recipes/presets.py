"""Recipes to start with, each an answer to a question that people ask of a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.domain.ids import ModelId, ProjectId
from core.domain.recipe import Recipe, SweepStep
from core.errors import NotFound
from core.presentation.lists import listed
from core.services.application import Application
from core.services.preflight.prerequisites import Bases, foreseen, placed_steps
from core.services.workers.workers import catalogue_of

_CONVOLUTION = r": .*Conv\d?d"
_ATTENTION = r": .*Attention"


@dataclass(frozen=True)
class Preset:
    """Recipes under a name.

    question: what they try to find out. works_on: a module that each model must have, as in `TechniqueSpec`;
    needs: how a sentence begins that names models without one.
    """

    name: str
    label: str
    question: str
    recipes: tuple[Recipe, ...]
    works_on: str = ""
    needs: str = ""


@dataclass(frozen=True)
class Offer:
    """A preset as far as it suits the models and workers at hand.

    recipes: those that can be queued. left_out: why the others cannot.
    """

    preset: Preset
    recipes: tuple[Recipe, ...]
    left_out: tuple[str, ...] = ()


def _step(technique: str, **values: object) -> SweepStep:
    return SweepStep(
        technique, {name: value if isinstance(value, tuple) else (value,) for name, value in values.items()}
    )


_TUNED = _step("fine-tune", epochs=1)

PRESETS = (
    Preset(
        "first-look",
        "First look",
        "What do 8 and 4 bits, half the weights and 2:4 cost this model, with nothing repaired?",
        (
            (_step("weight-only-quantization", bits=8),),
            (_step("weight-only-quantization", bits=4, granularity="group"),),
            (_step("magnitude-pruning", sparsity=0.5),),
            (_step("n-m-pruning", pattern="2:4"),),
        ),
    ),
    Preset(
        "how-sparse",
        "How sparse can it get?",
        "Where does accuracy start to fall as weights are removed, and does a short training bring it back?",
        ((_step("magnitude-pruning", sparsity=(0.3, 0.5, 0.7, 0.8, 0.9)), _TUNED),),
    ),
    Preset(
        "fewest-bits",
        "How few bits can it take?",
        "Which of rounding, GPTQ and palettes holds on longest as bits go?",
        (
            (_step("weight-only-quantization", bits=(8, 6, 4, 3, 2)),),
            (_step("gptq", bits=(4, 3, 2)),),
            (_step("palettization", bits=(4, 3, 2)),),
        ),
    ),
    Preset(
        "microcontroller",
        "CNN to a microcontroller",
        "How small and cheap is the network with fewer channels and int8 arithmetic?",
        (
            (_step("static-int8"),),
            (_step("channel-pruning", ratio=(0.25, 0.5)), _TUNED, _step("static-int8")),
        ),
        works_on=_CONVOLUTION,
        needs="There is no convolution in",
    ),
    Preset(
        "transformer-weights",
        "Transformer, weights only",
        "How far can a transformer's weights be rounded or thinned while activations stay as they are?",
        (
            (_step("weight-only-quantization", bits=(8, 4), granularity="group"),),
            (_step("gptq", bits=(4, 3), granularity="group"),),
            (_step("wanda-pruning", sparsity=0.5),),
            (_step("wanda-pruning", scope="channel", pattern="2:4"),),
        ),
        works_on=_ATTENTION,
        needs="There is no attention layer in",
    ),
    Preset(
        "recover-pruning",
        "Recover what pruning broke",
        "After 70 % of the weights are gone, which repair brings back most?",
        (
            (_step("magnitude-pruning", sparsity=0.7), _step("calibrate-batch-norm")),
            (_step("magnitude-pruning", sparsity=0.7), _step("bias-correction")),
            (_step("magnitude-pruning", sparsity=0.7), _step("fine-tune", epochs=(1, 3))),
        ),
    ),
    Preset(
        "really-faster",
        "Really faster",
        "Which steps change the arithmetic, so that the model runs faster on this device?",
        (
            (_step("int8-kernels"),),
            (_step("channel-pruning", ratio=0.5), _TUNED),
            (_step("ffn-pruning", ratio=0.5), _TUNED),
            (_step("head-pruning", ratio=0.5), _TUNED),
        ),
    ),
    Preset(
        "control",
        "Does choosing weights matter?",
        "Is magnitude or gradient pruning better than removing the same number of weights at random?",
        (
            (_step("random-pruning", sparsity=(0.3, 0.5, 0.7)),),
            (_step("magnitude-pruning", sparsity=(0.3, 0.5, 0.7)),),
            (_step("gradient-pruning", sparsity=(0.3, 0.5, 0.7)),),
        ),
    ),
)


def offers(
    app: Application, project_id: ProjectId, model_ids: Sequence[ModelId], *, name: str = ""
) -> list[Offer]:
    """Return every preset with those of its recipes that pass the checks of an experiment on the models.

    Without models, or with models that are not made yet, all recipes are taken to suit. name: of the only
    preset that is wanted.

    Raises:
        NotFound: there is no such project.
    """
    with app.unit_of_work() as uow:
        project = uow.projects.find(project_id)
        if project is None:
            raise NotFound(f"There is no project with id {project_id}.", "Reload the page.")
        catalogue = catalogue_of(uow, app)
        known = uow.models.get(model_ids)
        bases = Bases(uow, [known[each] for each in dict.fromkeys(model_ids) if each in known])

        def reason(recipe: Recipe) -> str:
            placed = list(placed_steps([recipe], catalogue))
            missing = next((place.spec.unavailable for place in placed if place.spec.unavailable), "")
            if missing or len(placed) < len(recipe):
                return missing or f"No worker offers {recipe[len(placed)].technique}."
            return next((one.message for one in foreseen(bases, project, placed, catalogue)), "")

        wanted = (preset for preset in PRESETS if name in {"", preset.name})
        return [_offer(preset, bases, reason) for preset in wanted]


def _offer(preset: Preset, bases: Bases, reason: Callable[[Recipe], str]) -> Offer:
    if preset.works_on:
        without = [model.name for model, table in bases.tables if not table.suits(preset.works_on)]
        if without:
            return Offer(preset, (), (f"{preset.needs} {listed(without)}.",))
    judged = [(recipe, reason(recipe)) for recipe in preset.recipes]
    suited = tuple(recipe for recipe, why in judged if not why)
    return Offer(preset, suited, tuple(dict.fromkeys(why for _, why in judged if why)))

"""Names of steps and parameters as sentences and axes use them; raw names where no spec is known."""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.comparison.variables.lineages import Occurrence
from core.comparison.variables.values import value_of, written
from core.domain.recipe import Step, rules_in_words, step_label
from core.domain.technique import TechniqueSpec
from core.presentation.counts import ordinal
from core.presentation.labels import from_name

_PLURAL = re.compile(r"[a-z]+[^aeious\W]s|[a-z]+es")
"""Names of counts: one word in the plural, such as bits, rounds, epochs or samples; not bias or loss."""


def technique_name(technique: str, spec: TechniqueSpec | None) -> str:
    """Return the technique's name in running text, e.g. `magnitude pruning`."""
    return spec.running_label if spec else technique


def occurrence_label(occurrence: Occurrence, spec: TechniqueSpec | None) -> str:
    """Return the name of a step, counted from the second use on: `2nd fine-tune`."""
    label = technique_name(occurrence.technique, spec)
    return label if occurrence.number == 1 else f"{ordinal(occurrence.number)} {label}"


def parameter_label(parameter: str, spec: TechniqueSpec | None) -> str:
    """Return what people call the parameter, e.g. `learning rate`."""
    about = spec.by_name.get(parameter) if spec else None
    return about.running_label if about else from_name(parameter)


def parameter_unit(parameter: str, spec: TechniqueSpec | None) -> str:
    """Return the parameter's unit, empty where it has none."""
    about = spec.by_name.get(parameter) if spec else None
    return about.unit if about else ""


def parameter_value(label: str, text: str, unit: str = "", *, number: bool = True, step: str = "") -> str:
    """Return a value with its name or noun: `sparsity 0.9`, `4 bits`, `percentile 99.9 %`, `method l1`.

    step: the step that it belongs to, where that has to be said: `4 bits (GPTQ rounding)`.
    """
    if number and counts(label, unit):
        noun = label.removesuffix("s") if text == "1" else label
        return f"{text} {noun}{bracketed(step)}"
    measured = f"{text} {unit}" if number and unit and unit != "fraction" else text
    return f"{label}{bracketed(step)} {measured}"


def bracketed(step: str) -> str:
    """Return the step in brackets behind a name, nothing for none."""
    return f" ({step})" if step else ""


def counts(noun: str, unit: str = "") -> bool:
    """Return whether values of a parameter are so many of something, e.g. bits or epochs."""
    return f"{unit}s" == noun if unit else _PLURAL.fullmatch(noun) is not None


def parameter_names(steps: Iterable[Step], spec: TechniqueSpec | None) -> list[str]:
    """Return the parameters that any of the steps has, those of the headline first."""
    known = [*spec.headline, *spec.by_name] if spec else []
    used = dict.fromkeys(name for step in steps for name in step.parameters)
    return [name for name in dict.fromkeys([*known, *used]) if name in used]


def step_words(step: Step, spec: TechniqueSpec | None) -> str:
    """Return a step as a sentence names it: `fine-tune 3`; without a spec `prune (amount 0.5)`."""
    if spec is not None:
        return step_label(step, spec)
    given = ", ".join(
        parameter_value(parameter_label(name, None), written(raw), number=value_of(raw).number is not None)
        for name, raw in step.parameters.items()
    )
    return " ".join([step.technique, *([f"({given})"] if given else []), *rules_in_words(step.rules)])

"""Whether steps find something to do among the modules of the models that they start from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.domain.catalogue import Catalogue
from core.domain.model import Model
from core.domain.module_table import ModuleTable, Units
from core.domain.parameter.traits import CountedUnits, Takes
from core.domain.recipe import SweepStep
from core.domain.technique import TechniqueSpec
from core.domain.text import shown
from core.errors import Problem

Tables = Sequence[tuple[Model, ModuleTable]]


@dataclass(frozen=True)
class PlacedStep:
    """A complete step of a sweep, the field its problems are reported on, and the steps before it."""

    field: str
    step: SweepStep
    spec: TechniqueSpec
    earlier: tuple[tuple[SweepStep, TechniqueSpec], ...] = ()

    @property
    def sees_base(self) -> bool:
        """Whether the step finds the modules that the base has."""
        return all(spec.keeps_modules for _, spec in self.earlier)

    @property
    def sees_units(self) -> bool:
        """Whether there are also as many units as the base has."""
        taken = (about.takes for _, spec in self.earlier for about in spec.counts.values())
        return self.sees_base and not any(taken)

    @property
    def asks_for_modules(self) -> bool:
        """Whether it hangs on the model's modules if the step can do anything."""
        return bool(self.spec.works_on or self.spec.counts or self.step.rules.patterns())


def runtime_problems(place: PlacedStep, bases: Sequence[Model], catalogue: Catalogue) -> list[Problem]:
    """Return why a step cannot follow: what it would change is a file that another runtime computes."""
    exported = next((spec for _, spec in place.earlier if spec.runtime), None)
    if exported is not None:
        return [
            Problem(
                f"{place.field}.technique",
                f"{place.spec.label} cannot follow {exported.running_label}: its result is computed by "
                f"{exported.runtime} and has no PyTorch modules.",
                f"Put {exported.running_label} last.",
            )
        ]
    if place.earlier:
        return []
    found = ((base, _runtime(base, catalogue)) for base in bases)
    return [
        Problem(
            "base_ids",
            f"{place.spec.label} needs a PyTorch module, but {base.name} is computed by {runtime}.",
            "Start from the model that it was exported from." if base.step else "Add the model in PyTorch.",
        )
        for base, runtime in found
        if runtime
    ]


def _runtime(model: Model, catalogue: Catalogue) -> str:
    """Return what computes a model instead of PyTorch; empty for PyTorch, or if nobody knows any more."""
    if model.step is not None:
        return next((one.runtime for one in catalogue.techniques if one.name == model.step.technique), "")
    named = model.source.name if model.source is not None else ""
    return next((one.runtime for one in catalogue.model_sources if one.name == named), "")


def module_problems(place: PlacedStep, tables: Tables) -> list[Problem]:
    """Return why a step is bound to fail on some models, those whose modules are known.

    A later step is judged as far as the steps before it leave modules and their units alone; one with a
    malformed layer rule is not, since that is reported on its own.
    """
    if not place.sees_base or not place.step.rules.well_formed:
        return []
    wrong_rules = list(_rule_problems(place, tables))
    return wrong_rules or [*_kind_problems(place, tables), *_unit_problems(place, tables)]


def _kind_problems(place: PlacedStep, tables: Tables) -> Iterator[Problem]:
    spec, rules = place.spec, place.step.rules
    field, hint = f"{place.field}.technique", "Leave the step out, or choose another model to start from."
    if spec.works_on and (unsuited := _names(tables, lambda table: not table.suits(spec.works_on))):
        yield Problem(field, f"{spec.label} finds nothing to work on in {unsuited}.", hint)
    everything = spec.takes_everything(place.step.values, rules)
    untouched = _names(
        tables,
        lambda table: (
            not (table.touched(rules, raw=spec.raw_weights) or (everything and table.within(rules)))
        ),
    )
    if spec.needs_layers and untouched:
        message = f"The layer rules leave {spec.running_label} no layer to work on in {untouched}."
        hint = "Widen them; weights of convolution, linear and embedding layers can be compressed."
        yield Problem(field, message, hint)


def _unit_problems(place: PlacedStep, tables: Tables) -> Iterator[Problem]:
    if not place.sees_units:
        return
    for name, about in place.spec.counts.items():
        if name and not place.spec.by_name[name].used_beside_some(place.step.values):
            continue
        missing = _names(tables, lambda table: _reached(place, table) == [])
        if missing:
            within = " within the layer rules" if place.step.rules.patterns() else ""
            message = f"{place.spec.label} finds no {about.name} in {missing}{within}."
            yield Problem(f"{place.field}.technique", message, about.instead)
        elif not place.step.rules.overrides:
            yield from _share_problems(place, name, about, tables)


def _share_problems(place: PlacedStep, name: str, about: CountedUnits, tables: Tables) -> Iterator[Problem]:
    takes = _TAKES.get(about.takes)
    if takes is None:
        return
    for index, value in enumerate(place.step.values.get(name, ())):
        if not isinstance(value, (int, float)) or (value == 0 and about.takes is Takes.REMOVED):
            continue  # nothing was meant to go: a control
        for model, table in tables:
            found = _reached(place, table) or []
            if found and not any(takes(value, units.count) for units in found):
                most = max(units.count for units in found)
                message = f"With {value:g} nothing changes in {model.name}: no layer has more than {most} "
                field = f"{place.field}.parameters.{name}.{index}"
                yield Problem(field, f"{message}{about.name}.", about.instead)
                break


def _reached(place: PlacedStep, table: ModuleTable) -> list[Units] | None:
    return table.reached(place.spec, place.step.rules)


def _removes(share: float, units: int) -> bool:
    return units - max(1, units - round(share * units)) > 0


def _keeps_fewer(share: float, units: int) -> bool:
    return max(1, round(share * units)) < units


def _fits(number: float, units: int) -> bool:
    return number <= units


_TAKES: Mapping[Takes, Callable[[float, int], bool]] = {
    Takes.REMOVED: _removes,
    Takes.KEPT: _keeps_fewer,
    Takes.AT_MOST: _fits,
}


def _rule_problems(place: PlacedStep, tables: Tables) -> Iterator[Problem]:
    rules = place.step.rules
    overrides = tuple(pattern for pattern, _ in rules.overrides)
    listed = {"include": rules.include, "exclude": rules.exclude, "overrides": overrides}
    for kind, patterns in listed.items():
        for index, pattern in enumerate(patterns):
            without = _names(tables, lambda table, pattern=pattern: not table.matches(pattern))  # type: ignore[misc]
            if without:
                message = f"The layer pattern {shown(pattern)} matches no module of {without}."
                yield Problem(f"{place.field}.rules.{kind}.{index}", message, _examples(tables))


def _examples(tables: Tables, *, most: int = 5) -> str:
    names = dict.fromkeys(name for _, table in tables for name in table.weighted if name)
    return f"Modules are named {', '.join(list(names)[:most])} ..."


def _names(tables: Tables, wrong: Callable[[ModuleTable], bool], *, most: int = 3) -> str:
    """Return the names of the models with such a table, as one text; empty if there is none."""
    found = [model.name for model, table in tables if wrong(table)]
    further = [f"{len(found) - most} more"] if len(found) > most else []
    return ", ".join([*found[:most], *further])

"""Which modules of the chosen models a step would work on, for people who write layer rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from core.domain.ids import ModelId
from core.domain.measurement.evaluation import LayerKind
from core.domain.model import Model
from core.domain.module_table import ModuleTable
from core.domain.technique import LayerRules, TechniqueSpec
from core.persistence.unit_of_work import UnitOfWork
from core.services.application import Application
from core.services.preflight.prerequisites import Bases


class Reach(IntEnum):
    """What a step does with a module."""

    NONE = 0  # the technique works on no such module
    LEFT_OUT = 1  # by the rules
    WORKED_ON = 2


@dataclass(frozen=True)
class ListedModule:
    """A module that has parameters.

    parameters: None for models made before they were written down. share: of the model's file; None where its
    bytes were not written down.
    """

    name: str
    kind: str
    parameters: int | None
    share: float | None = None


@dataclass(frozen=True)
class Counted:
    """How much of a model's reach the rules leave: modules, and numbers in their parameters where known."""

    model: str
    worked_on: int
    reachable: int
    parameters: int | None
    parameters_reachable: int | None


@dataclass(frozen=True)
class ChosenModels:
    """The models that an experiment starts from, as far as their modules are known.

    unmade: names of the models whose modules nobody knows yet. shares: of each module in its model's file.
    """

    tables: tuple[tuple[Model, ModuleTable], ...]
    unmade: tuple[str, ...]
    shares: Mapping[ModelId, Mapping[str, float]] = field(default_factory=dict)

    def modules(self) -> list[ListedModule]:
        """Return the modules of all models, each name once, in the order of the first model with it."""
        found: dict[str, ListedModule] = {}
        for model, table in self.tables:
            shares = self.shares.get(model.id, {})
            for name in table.weighted:
                known = table.parameters.get(name) if table.parameters else None
                listed = ListedModule(name, table.types.get(name, ""), known, shares.get(name))
                found.setdefault(name, listed)
        return list(found.values())

    def reach(self, spec: TechniqueSpec, rules: LayerRules, *, everything: bool = False) -> list[Reach]:
        """Return what the step does with each of `modules`; with one name in several models, the most.

        everything: see `ModuleTable.worked_on`.
        """
        reachable = {
            name for _, table in self.tables for name in table.worked_on(spec, everything=everything)
        }
        worked_on = {
            name for _, table in self.tables for name in table.worked_on(spec, rules, everything=everything)
        }
        return [
            Reach.WORKED_ON if each.name in worked_on else Reach(each.name in reachable)
            for each in self.modules()
        ]

    def counted(self, spec: TechniqueSpec, rules: LayerRules, *, everything: bool = False) -> list[Counted]:
        """Return how much the rules leave of each model."""
        counts = []
        for model, table in self.tables:
            reachable = table.worked_on(spec, everything=everything)
            worked_on = table.worked_on(spec, rules, everything=everything)
            sizes = table.size(worked_on), table.size(reachable)
            counts.append(Counted(model.name, len(worked_on), len(reachable), *sizes))
        return counts


def chosen_models(app: Application, model_ids: Sequence[ModelId]) -> ChosenModels:
    """Return the modules of the models; ids of models that are gone are passed over."""
    with app.unit_of_work() as uow:
        known = uow.models.get(model_ids)
        found = [known[each] for each in dict.fromkeys(model_ids) if each in known]
        tables = tuple(Bases(uow, found).tables)
        shares = {model.id: _shares(uow, model.id) for model, _ in tables}
    listed = {model.id for model, _ in tables}
    return ChosenModels(tables, tuple(model.name for model in found if model.id not in listed), shares)


def _shares(uow: UnitOfWork, model_id: ModelId) -> dict[str, float]:
    """Return the share of each module in the model's file; nothing where its bytes were not written down."""
    stored = uow.evaluations.layer_statistics(model_id, kind=LayerKind.STORAGE, names=("tensor", "bytes"))
    if "bytes" not in stored:
        return {}
    sizes: dict[str, int] = defaultdict(int)
    for tensor, size in zip(map(str, stored["tensor"]), stored["bytes"].tolist(), strict=True):
        sizes[tensor.rpartition(".")[0]] += size
    whole = sum(sizes.values())
    return {name: size / whole for name, size in sizes.items()} if whole else {}

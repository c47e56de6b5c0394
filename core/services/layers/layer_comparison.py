"""Layers of models side by side, from what runs have stored; no checkpoint is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.comparison.layers import values
from core.comparison.layers.counterparts import (
    TensorOrigin,
    by_lineage,
    counted,
    counterparts,
    references,
    tensor_origins,
)
from core.comparison.layers.figures import FIGURES, LayerFigure, Mode
from core.comparison.layers.finding import concentration, loudest, worded, worded_output
from core.comparison.layers.rules import TENSORS
from core.comparison.layers.tree import Numbers, Tree, merged, tree_of
from core.domain.catalogue import Catalogue
from core.domain.ids import ModelId
from core.domain.measurement.evaluation import Standing
from core.domain.metric import Direction
from core.domain.model import Model
from core.domain.project import Project
from core.persistence.unit_of_work import UnitOfWork
from core.services.application import Application
from core.services.comparison.compared_models import choose
from core.services.layers.layer_gaps import Gap, gaps_of
from core.services.layers.layer_rows import KINDS, Stored, execution, module_types, stored_rows
from core.services.layers.layer_sensitivity import (
    CANDIDATES,
    candidates_tried,
    leading,
    sensitivity_figures,
    sensitivity_gaps,
    sensitivity_rows,
)
from core.services.workers.workers import catalogue_of

Figures = Mapping[str, Numbers]


@dataclass(frozen=True, eq=False)
class LayerColumn:
    """What is known of one model at every node of the tree.

    own: numbers as stored, by leaf. figures: by node, NaN where not known. forms: of each node in words.
    relation: `counterparts.Counterpart` of each node. stored: None where there is nothing.
    gaps: what is missing, and which run would make it. odd: first call whose output is NaN or infinite.
    about: how the figures were measured. notes: on nodes that the baseline has otherwise or not at all.
    shapes: how many of these there are, in words.
    """

    model: Model
    stored: Stored | None
    own: values.Figures
    figures: Figures
    forms: Sequence[str]
    relation: NDArray[np.uint8]
    gaps: Sequence[Gap] = ()
    odd: str = ""
    about: str = ""
    notes: Mapping[int, str] = field(default_factory=dict)
    shapes: str = ""

    @property
    def candidate(self) -> bool:
        """Whether this is a step that was tried on parts of the baseline: no such model was made."""
        return self.model.id > CANDIDATES


@dataclass(frozen=True, eq=False)
class LayerComparison:
    """Columns of models, the baseline first, over one tree of modules.

    types: of each node, empty for tensors. order: the leaves in the order in which they are run, or in which
    they are defined if no pass was watched. named: the figures of the mode.
    """

    project: Project
    mode: Mode
    tree: Tree
    types: Sequence[str]
    columns: Sequence[LayerColumn]
    order: NDArray[np.int64]
    by_execution: bool = False
    named: Sequence[LayerFigure] = ()

    @property
    def baseline(self) -> LayerColumn:
        """The first column."""
        return self.columns[0]


def compare_layers(
    app: Application, model_ids: Sequence[ModelId], baseline_id: ModelId | None, mode: Mode
) -> LayerComparison:
    """Compare the layers of models with those of a baseline; default: see `choosing.common_baseline`.

    Raises:
        InvalidInput: no model, more than 16, or models of several projects.
        NotFound: a model does not exist.
        CorruptArtifact: stored bytes are not what was written.
    """
    with app.unit_of_work() as uow:
        chosen = choose(uow, model_ids, baseline_id)
        models = (chosen.baseline, *chosen.models)
        if mode is Mode.SENSITIVITY:
            read = _read_sensitivity(uow, models, chosen.project, catalogue_of(uow, app))
        else:
            read = _read(uow, models, mode)
    names = merged(read.rows[model.id].names for model in read.models if model.id in read.rows)
    tree, order = tree_of(names), read.order
    places = sorted(range(len(names)), key=lambda leaf: (order.get(_module(names[leaf], mode), -1), leaf))
    return LayerComparison(
        project=chosen.project,
        mode=mode,
        tree=tree,
        types=[read.types.get(name, "") for name in tree.names],
        columns=_columns(read, tree, {name: place for place, name in enumerate(names)}),
        order=np.array(places, np.int64),
        by_execution=bool(order),
        named=sensitivity_figures(chosen.project) if mode is Mode.SENSITIVITY else FIGURES[mode],
    )


@dataclass(frozen=True)
class _Read:
    """Everything read of the models; sizes: rows of their tensors where those of modules are shown."""

    mode: Mode
    models: Sequence[Model]
    rows: Mapping[ModelId, Stored]
    sizes: Mapping[ModelId, Stored]
    gaps: Mapping[ModelId, Sequence[Gap]]
    order: Mapping[str, int]
    types: Mapping[str, str]
    abouts: Mapping[ModelId, str]
    rising: bool = True


def _read_sensitivity(
    uow: UnitOfWork, models: Sequence[Model], project: Project, catalogue: Catalogue
) -> _Read:
    """Return what models lost by their step, and after them the candidates that were tried on the first."""
    ids = [model.id for model in models]
    rows, abouts = sensitivity_rows(uow, models, project)
    gaps = sensitivity_gaps(uow, models, rows)
    planned = candidates_tried(uow, models, project, catalogue)
    every = [*models, *(model for model, _, _ in planned)]
    rows |= {model.id: stored for model, stored, _ in planned}
    abouts |= {model.id: about for model, _, about in planned}
    metric = leading(project)
    rising = metric is None or metric.direction is not Direction.LOWER
    types = module_types(uow, ids, rows.values())
    return _Read(Mode.SENSITIVITY, every, rows, {}, gaps, execution(uow, ids), types, abouts, rising)


def _read(uow: UnitOfWork, models: Sequence[Model], mode: Mode) -> _Read:
    ids, baseline_id = [model.id for model in models], models[0].id
    rows = stored_rows(uow, ids, baseline_id, mode)
    return _Read(
        mode,
        models,
        rows,
        stored_rows(uow, ids, baseline_id, Mode.STORAGE) if mode is Mode.COST else {},
        gaps_of(uow, models, rows, KINDS[mode]),
        execution(uow, ids),
        module_types(uow, ids, rows.values()),
        {},
    )


def _columns(read: _Read, tree: Tree, leaves: Mapping[str, int]) -> list[LayerColumn]:
    found: list[LayerColumn] = []
    for model in read.models:
        stored = read.rows.get(model.id)
        own = values.aligned(stored.arrays, stored.names, leaves) if stored else {}
        before = found[0].own if found else own
        bits = _bits(read.sizes.get(model.id), leaves)
        known = (
            tensor_origins(stored.names, stored.arrays) if stored and found and read.mode in TENSORS else {}
        )
        if known and "std" in before:
            own["reference"] = references(known, leaves, values.squares(before))
            own["factor"] = _factors(known, leaves)
        relation, notes = by_lineage(tree, _relation(tree, before, own), known)
        there = found[0].stored.names if found and found[0].stored else ()
        found.append(
            LayerColumn(
                model=model,
                stored=stored,
                own=own,
                figures=_figures(read, tree, own, before, bits),
                about=read.abouts.get(model.id, ""),
                forms=_forms(stored, tree, leaves) if read.mode is Mode.STORAGE else (),
                relation=relation,
                notes=notes,
                shapes=counted(known, there) if known else "",
                gaps=read.gaps.get(model.id, ()),
                odd=_first_odd(stored) if read.mode is Mode.ACTIVATIONS else "",
            )
        )
    return found


def _figures(
    read: _Read, tree: Tree, own: values.Figures, before: values.Figures, bits: Numbers | None
) -> Figures:
    mode = read.mode
    if not own:
        return {}
    if mode is Mode.SENSITIVITY:
        return values.sensitivity(tree, own, higher_is_better=read.rising)
    if mode is Mode.SPARSITY:
        return values.sparsity(tree, own)
    if mode is Mode.WEIGHTS:
        reference = own.get("reference", values.squares(before)) if "std" in before else None
        reference = reference if before is not own else None
        return values.weights(tree, own, reference)
    if mode is Mode.ACTIVATIONS:
        return values.activations(tree, own)
    return values.cost(tree, own, bits) if mode is Mode.COST else values.storage(tree, own)


def _bits(stored: Stored | None, leaves: Mapping[str, int]) -> Numbers | None:
    """Return the stored bits of the tensors of each module."""
    if stored is None or "stored_bits" not in stored.arrays:
        return None
    found = np.full(len(leaves), np.nan)
    bits = np.asarray(stored.arrays["stored_bits"], np.float64).tolist()
    for name, each in zip(stored.names, bits, strict=True):
        place = leaves.get(name.rpartition(".")[0])
        if place is not None:
            found[place] = each + np.nan_to_num(found[place])
    return found


def _relation(tree: Tree, before: values.Figures, own: values.Figures) -> NDArray[np.uint8]:
    key = "count" if "count" in own and "count" in before else "parameters"
    if before is own or key not in own or key not in before:
        return np.zeros(len(tree.names), np.uint8)
    return counterparts(tree, before[key], own[key])


def _factors(known: Mapping[str, TensorOrigin], leaves: Mapping[str, int]) -> Numbers:
    """Return 1 for factors, by leaf."""
    found = np.zeros(len(leaves))
    found[[leaves[name] for name, one in known.items() if one.standing is Standing.FACTORIZED]] = 1
    return found


def _forms(stored: Stored | None, tree: Tree, leaves: Mapping[str, int]) -> list[str]:
    found = [""] * len(tree.names)
    if stored is not None:
        for name, form in zip(stored.names, values.forms(stored.arrays), strict=False):
            found[tree.leaves[leaves[name]]] = form
    return found


def _first_odd(stored: Stored | None) -> str:
    if stored is None or not {"nans", "infinities"} <= stored.arrays.keys():
        return ""
    odd = np.asarray(stored.arrays["nans"], np.int64) + np.asarray(stored.arrays["infinities"], np.int64)
    places = np.flatnonzero(odd)
    return stored.names[int(places[0])] if len(places) else ""


def _module(leaf: str, mode: Mode) -> str:
    """Return the module that a leaf belongs to."""
    return leaf if mode in {Mode.ACTIVATIONS, Mode.COST, Mode.SENSITIVITY} else leaf.rpartition(".")[0]


def shown_figures(found: LayerComparison) -> list[LayerFigure]:
    """Return the figures that any column has, in their usual order."""
    known = {key for column in found.columns for key in column.figures}
    if any(any(column.forms) for column in found.columns):
        known.add("form")
    return [figure for figure in found.named if figure.key in known]


def sentence(found: LayerComparison, names: Mapping[ModelId, str]) -> str:
    """Return where the change concentrates, in one sentence; empty where nothing is compared or changed."""
    leaves = [found.tree.names[node] for node in found.tree.leaves.tolist()]
    own = [column.own for column in found.columns]
    called = [names.get(column.model.id, column.model.name) for column in found.columns]
    if found.mode is Mode.ACTIVATIONS:
        worst = loudest(own)
        return worded_output(worst, called[worst.column], leaves) if worst else ""
    half = concentration(found.mode, own)
    return worded(half, found.mode, called[half.column], leaves) if half else ""

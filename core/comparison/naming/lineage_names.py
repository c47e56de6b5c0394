"""Short names that tell models apart by how they were made, e.g. `0.7 > fine-tune > 3 bit`."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from core.comparison.naming.node_labels import node_labels
from core.comparison.naming.step_words import Specs, technique_label
from core.domain.ids import ModelId
from core.domain.model import Model

THEN = " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} "
CUT = "\N{HORIZONTAL ELLIPSIS}"

_BARE = re.compile(r"[\d.,\s-]+")


def lineage_names(models: Sequence[Model], specs: Specs, *, brief: bool = False) -> dict[ModelId, str]:
    """Return every model's steps from the base, each by what distinguishes it; all are different.

    A step is named by the values that steps of its technique differ in, else by its technique. A bare number
    has its technique before it where steps of another technique have bare numbers, too, and so has whatever
    steps of another technique are named by. A single step always has its technique: nothing else says what
    `0.7` is. The base is named where there are several; what is still the same has its id behind it.

    brief: for marks in a drawing, where a single step is as short as in a longer name.
    """
    labels = node_labels(models, specs)
    numbered = {model.step.technique for model in models if model.step and _BARE.fullmatch(labels[model.id])}
    techniques: dict[str, set[str]] = defaultdict(set)
    for model in models:
        if model.step:
            techniques[labels[model.id]].add(model.step.technique)
    bases = {model.id for model in models if model.parent_id is None}
    names: dict[ModelId, str] = {}
    starts: dict[ModelId, str] = {}
    for model in models:
        label = labels[model.id]
        bare = len(numbered) > 1 and _BARE.fullmatch(label) is not None
        own = _own(model, label, specs, ambiguous=bare or len(techniques[label]) > 1)
        only_base = len(bases) == 1 and model.parent_id in bases
        before = starts.get(model.parent_id) if model.parent_id is not None and not only_base else None
        starts[model.id] = own if before is None else f"{before}{THEN}{own}"
        single = before is None and not brief
        names[model.id] = _own(model, label, specs, ambiguous=True) if single else starts[model.id]
    return _told_apart(names)


def _own(model: Model, label: str, specs: Specs, *, ambiguous: bool) -> str:
    if model.step is None:
        return label
    technique = technique_label(model.step.technique, specs)
    if not label:
        return technique
    return f"{technique} {label}" if ambiguous else label


def _told_apart(names: Mapping[ModelId, str]) -> dict[ModelId, str]:
    count = Counter(names.values())
    return {one: f"{name} (id {one})" if count[name] > 1 else name for one, name in names.items()}


def fitted(names: Sequence[str], longest: int) -> list[str]:
    """Return names of at most about `longest` characters: cut at the end, and never in what differs.

    Steps that all names begin with are one ellipsis; a name that reads like another after a cut stays whole.
    """
    shared = _shared_steps(names)
    rests = [name.split(THEN)[shared:] for name in names]
    short = [THEN.join([CUT, *rest] if shared else rest) for rest in rests]
    cut = [name if len(name) <= longest else f"{name[: longest - 1].rstrip()}{CUT}" for name in short]
    count = Counter(cut)
    return [one if count[one] == 1 else whole for one, whole in zip(cut, short, strict=True)]


def _shared_steps(names: Sequence[str]) -> int:
    """Return how many steps all names begin with; at least the last one of each is kept."""
    parts = [name.split(THEN) for name in names]
    if len(parts) < 2:
        return 0
    most = min(len(one) for one in parts) - 1
    return next((place for place in range(most) if len({one[place] for one in parts}) > 1), most)

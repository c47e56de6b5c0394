"""Colours for kinds of models, such as the experiment that they are from: one per kind, in no order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.domain.ids import ModelId
from core.domain.model import Model
from dashboard.theme import Theme

OTHERS = "others"


@dataclass(frozen=True)
class Kinds:
    """What distinguishes models. names: the kinds with a colour each, the most frequent first.

    of: index into `names` by model; models without a kind are left out.
    """

    label: str
    names: tuple[str, ...]
    of: Mapping[ModelId, int]

    @classmethod
    def over(cls, models: Iterable[Model], label: str, known: Mapping[ModelId, str], theme: Theme) -> Kinds:
        """Return the kinds of the models; where there are more than colours, the rarest are one kind."""
        shown = [known[model.id] for model in models if model.id in known]
        ordered = [name for name, _ in Counter(shown).most_common()]
        most = len(theme.categories)
        names = ordered if len(ordered) <= most else [*ordered[: most - 1], OTHERS]
        index = {name: min(place, len(names) - 1) for place, name in enumerate(ordered)}
        return cls(label, tuple(names), {one: index[name] for one, name in known.items() if name in index})

    def colour(self, model: Model, theme: Theme) -> str | None:
        """Return the colour of a model's kind, None if it has none."""
        place = self.of.get(model.id)
        return None if place is None else theme.categories[place]

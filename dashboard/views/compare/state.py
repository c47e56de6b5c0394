"""The Compare page's state as it stands in the address; every control is a link to another address."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeVar
from urllib.parse import quote, unquote

from core.comparison.behaviour.instance_filters import InstanceFilter, read_filters, write_filters
from core.comparison.behaviour.quantities import Quantity
from core.comparison.behaviour.selecting import Order
from core.domain.ids import ModelId
from core.domain.model import Model
from core.services.comparison.compared_models import MOST_MODELS
from dashboard.address import Address, read_ids, write_ids
from dashboard.views.compare.layers_state import LayersState, read_layers_state

VIEW = "compare"
DRAWN_FOR = "data-drawn"
"""Attribute of a part of the page: the address its links were made for; see `assets/compare/links.js`."""
Names = Mapping[ModelId, str]
"""How models are called on this page: by their lineage, no two the same."""
GROUP, SIZE = "group", "size"
"""What the rows can be sorted by, besides the id of a model."""
MOST_COLUMNS = 8
"""Columns of written answers that are shown at once."""
_Choice = TypeVar("_Choice", bound=StrEnum)


class Tab(StrEnum):
    """What of the models is compared."""

    METRICS = "metrics"
    BEHAVIOURS = "behaviours"
    LAYERS = "layers"


class Mode(StrEnum):
    """What the cells of the table show."""

    CHANGE = "change"
    SHARE = "share"
    ERRORS = "errors"


TAB_LABELS: Mapping[Tab, str] = {
    Tab.METRICS: "Metrics",
    Tab.BEHAVIOURS: "Behaviours",
    Tab.LAYERS: "Layers",
}
MODE_LABELS: Mapping[Mode, str] = {
    Mode.CHANGE: "Change",
    Mode.SHARE: "Share right",
    Mode.ERRORS: "Error rate vs. baseline",
}


@dataclass(frozen=True)
class State:
    """What the page shows.

    selected: models. baseline: None for the default. first: position of the first model with a column.
    by: column that divides the instances, or FOUND; empty for the first. across: column to cross it with.
    sort: GROUP, SIZE or the id of a model, with a minus sign for the other direction; empty as in the data.
    shown: model whose changed predictions are listed; None for the one with the largest harm.
    every: whether all rows are shown. chips: conditions on the instances that are listed, ANDed.
    order, page: of that list. instance: position of the one that is enlarged. quantity: of its histograms.
    matrix: which confusion matrix; empty for its change. layers: of the tab Layers.
    answer_columns: keys of columns of written answers, see `core.comparison.behaviour.answer_columns`.
    """

    project: str
    selected: tuple[int, ...] = ()
    baseline: int | None = None
    tab: Tab = Tab.BEHAVIOURS
    first: int = 0
    by: str = ""
    across: str = ""
    mode: Mode = Mode.CHANGE
    sort: str = ""
    shown: int | None = None
    every: bool = False
    chips: tuple[InstanceFilter, ...] = ()
    order: Order = Order.REGRESSION
    page: int = 0
    instance: int | None = None
    quantity: Quantity = Quantity.CONFIDENCE_CHANGE
    matrix: str = ""
    layers: LayersState = field(default_factory=LayersState)
    answer_columns: tuple[str, ...] = ()

    @property
    def model_ids(self) -> list[ModelId]:
        """The selected models."""
        return [ModelId(one) for one in self.selected]

    @property
    def columns(self) -> list[ModelId]:
        """The selected models that have a column."""
        return self.model_ids[self.first : self.first + MOST_MODELS]

    @property
    def href(self) -> str:
        """The address of this state; parts that have their default are left out."""
        parts = {
            "selected": write_ids(self.selected),
            "baseline": str(self.baseline or ""),
            "tab": "" if self.tab is Tab.BEHAVIOURS else self.tab.value,
            "first": str(self.first or ""),
            "by": self.by,
            "across": self.across,
            "mode": "" if self.mode is Mode.CHANGE else self.mode.value,
            "sort": self.sort,
            "shown": str(self.shown or ""),
            "every": "1" if self.every else "",
            "chips": write_filters(self.chips),
            "order": "" if self.order is Order.REGRESSION else self.order.value,
            "page": str(self.page or ""),
            "instance": "" if self.instance is None else str(self.instance),
            "quantity": "" if self.quantity is Quantity.CONFIDENCE_CHANGE else self.quantity.value,
        }
        written = ",".join(quote(one, safe=" :") for one in self.answer_columns)
        parts |= {"matrix": self.matrix, "columns": written, **self.layers.parts}
        return Address(VIEW, self.project, parts).href

    def without(self, model_id: int) -> State:
        """Return the state with one model less."""
        left = tuple(one for one in self.selected if one != model_id)
        return replace(self, selected=left, first=min(self.first, last_page(len(left))))

    def among(self, model_ids: Collection[int]) -> State:
        """Return the state without models that are not among these."""
        selected = tuple(one for one in self.selected if one in model_ids)
        baseline = self.baseline if self.baseline in model_ids else None
        return replace(self, selected=selected, baseline=baseline)

    def sorted_by(self, key: str) -> State:
        """Return the state after a click on a heading: harm first, then the other way, then unsorted."""
        following = {key: f"-{key}", f"-{key}": ""}
        return replace(self, sort=following.get(self.sort, key))

    def filtered(self, one: InstanceFilter) -> State:
        """Return the state with one more condition on the instances."""
        chips = self.chips if one in self.chips else (*self.chips, one)
        return replace(self, chips=chips, page=0, instance=None)

    def unfiltered(self, one: InstanceFilter) -> State:
        """Return the state with one condition less."""
        chips = tuple(chip for chip in self.chips if chip != one)
        return replace(self, chips=chips, page=0, instance=None)

    @property
    def without_list(self) -> State:
        """The state without what concerns the list of instances alone, or the order of layers."""
        usual = State(self.project)
        return replace(
            self,
            order=usual.order,
            page=0,
            instance=None,
            quantity=usual.quantity,
            answer_columns=usual.answer_columns,
            layers=self.layers.drawn,
        )

    @property
    def of_list(self) -> State:
        """The state with nothing but what concerns the list of instances."""
        usual = replace(State(self.project), selected=self.selected, baseline=self.baseline, first=self.first)
        return replace(
            usual,
            tab=self.tab,
            chips=self.chips,
            order=self.order,
            page=self.page,
            instance=self.instance,
            quantity=self.quantity,
            answer_columns=self.answer_columns,
        )


def read_state(address: Address) -> State:
    """Return the state an address asks for; what means nothing falls back to the default."""
    given = address.state
    selected = read_ids(given.get("selected", ""))
    first = given.get("first", "")
    return State(
        project=address.project or "",
        selected=selected,
        baseline=_one_id(given.get("baseline", "")),
        tab=_choice(given.get("tab", ""), Tab.BEHAVIOURS),
        first=min(_page_start(first), last_page(len(selected))),
        by=given.get("by", ""),
        across=given.get("across", ""),
        mode=_choice(given.get("mode", ""), Mode.CHANGE),
        sort=given.get("sort", ""),
        shown=_one_id(given.get("shown", "")),
        every=given.get("every") == "1",
        chips=read_filters(given.get("chips", "")),
        order=_choice(given.get("order", ""), Order.REGRESSION),
        page=_number(given.get("page", "")) or 0,
        instance=_number(given.get("instance", "")),
        quantity=_choice(given.get("quantity", ""), Quantity.CONFIDENCE_CHANGE),
        matrix=given.get("matrix", ""),
        layers=read_layers_state(given),
        answer_columns=tuple(dict.fromkeys(filter(None, map(unquote, given.get("columns", "").split(",")))))[
            :MOST_COLUMNS
        ],
    )


def called(names: Names, identity: str) -> str:
    """Return the name of a model by its id as text; one that is not of the project has only its id."""
    return next((name for model_id, name in names.items() if str(model_id) == identity), f"model {identity}")


def options_of(models: Iterable[Model], names: Names) -> list[dict[str, str]]:
    """Return models as the options of a select: their names, told apart by their ids."""
    return [
        {"value": str(model.id), "label": f"{names[model.id]} \N{MIDDLE DOT} {model.id}"} for model in models
    ]


def last_page(models: int) -> int:
    """Return the position of the first model of the last page of columns."""
    return max(0, models - 1) // MOST_MODELS * MOST_MODELS


def _page_start(text: str) -> int:
    return (_number(text) or 0) // MOST_MODELS * MOST_MODELS


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None


def _choice(text: str, usual: _Choice) -> _Choice:
    kind = type(usual)
    return kind(text) if text in set(kind) else usual


def _one_id(text: str) -> int | None:
    return next(iter(read_ids(text)), None)

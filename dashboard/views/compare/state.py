"""The Compare page's state as it stands in the address; every control is a link to another address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from core.domain.ids import ModelId
from dashboard.address import Address, read_ids, write_ids

VIEW = "compare"
Names = Mapping[ModelId, str]
"""How models are called on this page: by their lineage, no two the same."""
GROUP, SIZE = "group", "size"
"""What the rows can be sorted by, besides the id of a model."""


class Mode(StrEnum):
    """What the cells of the table show."""

    CHANGE = "change"
    SHARE = "share"
    ERRORS = "errors"


MODE_LABELS: Mapping[Mode, str] = {
    Mode.CHANGE: "Change",
    Mode.SHARE: "Share right",
    Mode.ERRORS: "Error rate vs. baseline",
}


@dataclass(frozen=True)
class State:
    """What the page shows.

    selected: models, the baseline not among them. baseline: None for the default.
    by: column that divides the instances; empty for the first.
    sort: GROUP, SIZE or the id of a model, with a minus sign for the other direction; empty as in the data.
    shown: model whose changed predictions are listed; None for the one with the largest harm.
    every: whether all rows are shown.
    """

    project: str
    selected: tuple[int, ...] = ()
    baseline: int | None = None
    by: str = ""
    mode: Mode = Mode.CHANGE
    sort: str = ""
    shown: int | None = None
    every: bool = False

    @property
    def model_ids(self) -> list[ModelId]:
        """The selected models."""
        return [ModelId(one) for one in self.selected]

    @property
    def href(self) -> str:
        """The address of this state; parts that have their default are left out."""
        parts = {
            "selected": write_ids(self.selected),
            "baseline": str(self.baseline or ""),
            "by": self.by,
            "mode": "" if self.mode is Mode.CHANGE else self.mode.value,
            "sort": self.sort,
            "shown": str(self.shown or ""),
            "every": "1" if self.every else "",
        }
        return Address(VIEW, self.project, parts).href

    def without(self, model_id: int) -> State:
        """Return the state with one model less."""
        return replace(self, selected=tuple(one for one in self.selected if one != model_id))

    def sorted_by(self, key: str) -> State:
        """Return the state after a click on a heading: harm first, then the other way, then unsorted."""
        following = {key: f"-{key}", f"-{key}": ""}
        return replace(self, sort=following.get(self.sort, key))


def read_state(address: Address) -> State:
    """Return the state an address asks for; what means nothing falls back to the default."""
    given = address.state
    mode = given.get("mode", "")
    return State(
        project=address.project or "",
        selected=read_ids(given.get("selected", "")),
        baseline=_one_id(given.get("baseline", "")),
        by=given.get("by", ""),
        mode=Mode(mode) if mode in set(Mode) else Mode.CHANGE,
        sort=given.get("sort", ""),
        shown=_one_id(given.get("shown", "")),
        every=given.get("every") == "1",
    )


def _one_id(text: str) -> int | None:
    return next(iter(read_ids(text)), None)

"""What a sentence claims, as values: which models, which metric, how much, how certain, for which values.

Everything a sentence says follows from its statement: `core.comparison.sentences.words` writes it and reads
nothing else. `core.testing.sentences` recomputes each kind from the models.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from core.domain.ids import ModelId
from core.domain.metric import MetricDefinition


class Verdict(StrEnum):
    """What can be said about a difference."""

    HIGHER = "higher"
    LOWER = "lower"
    SAME = "same"  # equal, or within the tolerance for figures without a known interval
    UNCLEAR = "unclear"  # the 95 % interval of the difference includes 0


class Interval(StrEnum):
    """Where the interval of a difference comes from."""

    NONE = "none"
    INDEPENDENT = "independent"  # from the intervals of the two figures, as if of different instances
    PAIRED = "paired"  # from the outcomes of both models on the same instances


@dataclass(frozen=True)
class Figure:
    """The mean of a metric over models that repeat one recipe.

    model_ids: those with a finite value.
    margin: half width of the 95 % interval; covers the repeats as well; None if unknown.
    measured: whether the interval of every one of these values is known.
    """

    model_ids: tuple[ModelId, ...]
    value: float
    margin: float | None = None
    measured: bool = False


@dataclass(frozen=True)
class Difference:
    """A metric after minus before, both in the unit of the metric.

    margin: half width of the 95 % interval of the amount, the wider side of it; None if unknown.
    interval: where it comes from.
    caveats: why the two figures are not quite comparable, e.g. `timed on a busy machine`.
    lost: by how much `before` was worse than `origin_id`, its trained base; set where some of it came back.
    """

    metric: MetricDefinition
    before: Figure
    after: Figure
    amount: float
    margin: float | None
    verdict: Verdict
    caveats: tuple[str, ...] = ()
    interval: Interval = Interval.NONE
    lost: float | None = None
    origin_id: ModelId | None = None

    @property
    def changed(self) -> bool:
        """Whether the difference may be told as one."""
        return self.verdict in (Verdict.HIGHER, Verdict.LOWER)


@dataclass(frozen=True)
class Setting:
    """A value of a variable and how sentences speak of it.

    place, again: `at sparsity 0.9`, and `at 0.9` where the variable was named before.
    name, short: `method random` or `4 bits`, and `random` or `4` where the variable was named before.
    """

    variable: str
    place: str
    again: str
    name: str
    short: str

    @property
    def noun(self) -> str:
        """What the value is a number of, e.g. `bits`; empty where it has the variable's name before it."""
        return self.name.removeprefix(f"{self.short} ") if self.name.startswith(f"{self.short} ") else ""


@dataclass(frozen=True)
class Point:
    """A figure at a value of a variable."""

    setting: Setting
    figure: Figure


class Relation(StrEnum):
    """How the second side of a contrast relates to the first."""

    ADDED = "added"  # its models descend from those of the first by exactly the new steps
    INSERTED = "inserted"  # the same recipe with the new steps before its end
    VALUES = "values"  # the same steps with other values
    REPLACED = "replaced"  # the new steps in place of the old ones
    NAMED = "named"  # more differs than one sentence can list


@dataclass(frozen=True)
class Contrast:
    """Two sets of models of one recipe each, and how metrics differ between them.

    variables: keys of everything that differs between the two sides but the seed.
    old, new: labels of the steps that only one side has.
    settings: the value of each variable on either side (VALUES).
    names: of the two models, and `differ_in` the labels of what differs (NAMED).
    where: what both sides share and the rest of the selection does not.
    untrained: names of models on either side that have the weights of a base that was never trained.
    """

    kind: ClassVar[str] = "contrast"
    relation: Relation
    before: tuple[ModelId, ...]
    after: tuple[ModelId, ...]
    variables: tuple[str, ...]
    differences: tuple[Difference, ...]
    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    settings: tuple[tuple[Setting, Setting], ...] = ()
    names: tuple[str, str] = ("", "")
    differ_in: tuple[str, ...] = ()
    where: Setting | None = None
    seeds_differ: bool = False
    untrained: tuple[str, ...] = ()


@dataclass(frozen=True)
class Effects:
    """One contrast at several values of another variable, least and greatest effect first and last.

    places: how many values were compared; `contrasts` has at most two of them, each with `where`.
    """

    kind: ClassVar[str] = "effects"
    contrasts: tuple[Contrast, ...]
    places: int


class Shape(StrEnum):
    """What a metric does along a variable."""

    HOLDS = "holds"  # no two values differ
    HELD = "held"  # no difference up to `held`, then one
    EXTREME = "extreme"  # a value in between differs from both ends, both times the same way
    MOVES = "moves"  # the ends differ
    RANGES = "ranges"  # none of these, but some values differ


@dataclass(frozen=True)
class Line:
    """A metric along a variable.

    difference: between the ends; from the first end to the extreme; from lowest to highest (HOLDS, RANGES).
    held: the last point that does not differ from the first (HELD), or the extreme (EXTREME).
    unique: whether the extreme differs from every other point.
    """

    metric: MetricDefinition
    points: tuple[Point, ...]
    shape: Shape
    difference: Difference
    held: Point | None = None
    unique: bool = True


@dataclass(frozen=True)
class Trend:
    """Metrics along one numeric variable, with nothing else that differs; untrained: as of `Contrast`."""

    kind: ClassVar[str] = "trend"
    variable: str
    label: str
    lines: tuple[Line, ...]
    untrained: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ranking:
    """A metric over at least three choices of one variable, worst first, with nothing else that differs.

    difference: from worst to best. best_apart, worst_apart: whether it differs from every other.
    untrained: names of models among them that have the weights of a base that was never trained.
    """

    kind: ClassVar[str] = "ranking"
    variable: str
    label: str
    points: tuple[Point, ...]
    difference: Difference
    best_apart: bool
    worst_apart: bool
    where: Setting | None = None
    untrained: tuple[str, ...] = ()


@dataclass(frozen=True)
class Spread:
    """How much one variable matters at each value of another.

    places: every value where at least two choices could be compared with nothing else that differs.
    widest: worst and best choice where they differ most; None if they differ nowhere.
    untrained: names of models among these two that were never trained.
    """

    kind: ClassVar[str] = "spread"
    variable: str
    label: str
    metric: MetricDefinition
    places: tuple[Setting, ...]
    where: Setting | None = None
    widest: tuple[Point, Point] | None = None
    difference: Difference | None = None
    untrained: tuple[str, ...] = ()


@dataclass(frozen=True)
class Winner:
    """The model that measures best in a metric, and those that cannot be told from it.

    level_to: the worst value of those.
    """

    metric: MetricDefinition
    model_id: ModelId
    name: str
    value: float
    level_with: tuple[ModelId, ...]
    level_to: float
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True)
class BestOf:
    """Which of any models measures best; `differ_in` has the labels of what differs between them.

    untrained: names of winners that were never trained.
    """

    kind: ClassVar[str] = "best_of"
    model_ids: tuple[ModelId, ...]
    differ_in: tuple[str, ...]
    winners: tuple[Winner, ...]
    untrained: tuple[str, ...] = ()


@dataclass(frozen=True)
class Repeats:
    """The range of a metric over models of one recipe; `measured` of `models` have it."""

    kind: ClassVar[str] = "repeats"
    metric: MetricDefinition
    model_ids: tuple[ModelId, ...]
    measured: int
    low: float
    high: float


@dataclass(frozen=True)
class Single:
    """The leading figures of one model."""

    kind: ClassVar[str] = "single"
    model_id: ModelId
    name: str
    values: tuple[tuple[MetricDefinition, float], ...]
    pending: bool = False


class Reason(StrEnum):
    """Why nothing can be said about a selection."""

    EMPTY = "empty"
    PENDING = "pending"  # no figures yet
    UNMEASURED = "unmeasured"  # no figures, and none to come
    NOTHING_SHARED = "nothing_shared"  # no metric in common whose better direction is known


@dataclass(frozen=True)
class Nothing:
    """A selection about which nothing can be said."""

    kind: ClassVar[str] = "nothing"
    reason: Reason
    models: int = 0


@dataclass(frozen=True)
class Criterion:
    """Which quality is acceptable: within a budget, else within a loss against the base.

    limit: the budget in the unit of the metric, or the loss: points / 100, or a share of the base's value.
    """

    metric: MetricDefinition
    limit: float
    budget: bool


@dataclass(frozen=True)
class TradeOff:
    """The model that saves most within the criterion, else the one that comes closest to it.

    met: how many models save anything within the criterion; 0: the model is the closest one.
    level_with: others within the criterion that save as much, within the tolerance.
    """

    kind: ClassVar[str] = "trade_off"
    criterion: Criterion
    model_id: ModelId
    base_id: ModelId
    model_name: str
    base_name: str
    met: int
    level_with: tuple[ModelId, ...]
    cost: Difference
    quality: Difference


@dataclass(frozen=True)
class Census:
    """How many compressed models there are and what became of the others. Archived models do not count."""

    kind: ClassVar[str] = "census"
    compressed: int
    bases: int
    base_name: str
    pending: int
    failed: int
    cancelled: int
    skipped: int


Statement = (
    Contrast | Effects | Trend | Ranking | Spread | BestOf | Repeats | Single | Nothing | TradeOff | Census
)

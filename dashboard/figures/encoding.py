"""How metric values become colours and areas, the same on the map and in the scatterplot."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import quantiles

from core.domain.metric import Direction, MetricDefinition
from core.domain.model import Model
from dashboard.figures.extremes import share_between
from dashboard.figures.kinds import Kinds
from dashboard.theme import Theme, colour_at

SMALLEST_PX = 9.0
LARGEST_PX = 26.0
PLAIN_PX = 17.0

FENCE = 1.5
FEWEST = 8
"""Models below which no value counts as an outlier."""


@dataclass(frozen=True)
class Extent:
    """The smallest and largest finite value of a metric over the models shown."""

    low: float
    high: float


def extent(models: Iterable[Model], metric: MetricDefinition | None) -> Extent | None:
    """Return the range of a metric; None if no model has a finite value of it."""
    values = [value for model in models if (value := finite(model.metrics, metric)) is not None]
    return Extent(min(values), max(values)) if values else None


def usual_extent(models: Iterable[Model], metric: MetricDefinition | None) -> Extent | None:
    """Return the range without far outliers, so that one collapsed model does not make all others look alike.

    Values further than 1.5 interquartile ranges from the middle half are left out (Tukey's fences), from
    `FEWEST` models on, unless they are better than the rest. None if no model has a finite value.
    """
    direction = metric.direction if metric else Direction.NEITHER
    values = sorted(value for model in models if (value := finite(model.metrics, metric)) is not None)
    if not values:
        return None
    if len(values) >= FEWEST:
        lower, _, upper = quantiles(values, n=4, method="inclusive")
        reach = FENCE * (upper - lower)
        if math.isfinite(lower) and math.isfinite(reach):  # near the largest floats it is not
            low = -math.inf if direction is Direction.LOWER else lower - reach
            high = math.inf if direction is Direction.HIGHER else upper + reach
            values = [value for value in values if low <= value <= high]
    return Extent(values[0], values[-1])


def finite(metrics: Mapping[str, float], metric: MetricDefinition | None) -> float | None:
    """Return the metric's value if there is one that can be drawn."""
    value = metrics.get(metric.name) if metric else None
    return value if value is not None and math.isfinite(value) else None


@dataclass(frozen=True)
class VisualEncoding:
    """Colour and size of models: a metric with its extent each, None for no encoding.

    kinds: what models are coloured by instead of a metric.
    colours: the range without outliers, which have the colour of the end that they lie beyond.
    """

    theme: Theme
    colour: MetricDefinition | None
    size: MetricDefinition | None
    colours: Extent | None
    sizes: Extent | None
    kinds: Kinds | None = None

    @classmethod
    def of(
        cls,
        models: Iterable[Model],
        *,
        theme: Theme,
        colour: MetricDefinition | None,
        size: MetricDefinition | None,
    ) -> VisualEncoding:
        """Return the encoding whose ranges fit the models."""
        shown = list(models)
        return cls(theme, colour, size, usual_extent(shown, colour), extent(shown, size))

    def fill(self, model: Model) -> str | None:
        """Return the model's colour; None if it lacks the colour metric, so that it is shown as missing."""
        if self.kinds is not None:
            return self.kinds.colour(model, self.theme)
        if self.colour is None:
            return colour_at(self.theme.scale, 0.75)
        share = self.share(model)
        return None if share is None else colour_at(self.theme.scale, share)

    def share(self, model: Model) -> float | None:
        """Return where the model lies from the worst (0) to the best (1) colour; None if it has none."""
        value = finite(model.metrics, self.colour)
        if self.colour is None or value is None or self.colours is None:
            return None
        return goodness(value, self.colours, self.colour.direction)

    def beyond(self, model: Model) -> bool:
        """Return whether the model's value lies outside the range of the colours."""
        value = finite(model.metrics, self.colour)
        return (
            value is not None
            and self.colours is not None
            and not self.colours.low <= value <= self.colours.high
        )

    def diameter_px(self, model: Model) -> float:
        """Return the diameter of the model's dot: the area is proportional to the metric's size."""
        value = finite(model.metrics, self.size)
        return PLAIN_PX if value is None else self.diameter_of(value)

    def diameter_of(self, value: float) -> float:
        """Return the diameter, in pixels, of a dot that stands for a value of the size metric."""
        if self.sizes is None:
            return PLAIN_PX
        largest = max(abs(self.sizes.low), abs(self.sizes.high))
        share = abs(value) / largest if largest else 1.0
        return max(SMALLEST_PX, LARGEST_PX * math.sqrt(share))


def goodness(value: float, known: Extent, direction: Direction) -> float:
    """Return where a value lies from the worst (0) to the best (1) one; neither better: larger is 1."""
    if known.high == known.low:
        worse = value > known.high if direction is Direction.LOWER else value < known.low
        return 0.0 if worse else 1.0
    share = min(max(share_between(value, known.low, known.high), 0.0), 1.0)
    return 1.0 - share if direction is Direction.LOWER else share

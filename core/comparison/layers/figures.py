"""The figures of layers that can be shown: what each means, its unit, and which direction is better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.domain.metric import Direction


class Mode(StrEnum):
    """Which kind of figures is shown."""

    SPARSITY = "sparsity"
    WEIGHTS = "weights"
    ACTIVATIONS = "activations"
    COST = "cost"
    STORAGE = "storage"
    SENSITIVITY = "sensitivity"


class Shape(StrEnum):
    """How a figure is written."""

    SHARE = "share"  # a fraction, as per cent
    NUMBER = "number"
    COUNT = "count"  # a whole number
    BYTES = "bytes"
    TEXT = "text"


@dataclass(frozen=True)
class LayerFigure:
    """One figure of a module.

    about: its definition. against: whether it needs the baseline. inside: what a module shows that has others
    inside.
    """

    key: str
    label: str
    shape: Shape
    about: str
    unit: str = ""
    direction: Direction = Direction.NEITHER
    against: bool = False
    inside: str = "sum of the modules inside"


_OVER_ALL = "over all weights inside"
_WORST = "the worst module inside"


def _compared(key: str, label: str, about: str, direction: Direction, **more: str) -> LayerFigure:
    return LayerFigure(
        key, label, Shape.NUMBER, about, direction=direction, against=True, **{"inside": _OVER_ALL, **more}
    )


FIGURES: Mapping[Mode, tuple[LayerFigure, ...]] = {
    Mode.SPARSITY: (
        LayerFigure("zeros", "Zeros", Shape.SHARE, "Share of weights that are exactly 0", inside=_OVER_ALL),
        LayerFigure(
            "both", "Zeros in both", Shape.SHARE, "Share of weights that are 0 here and in the baseline",
            against=True, inside=_OVER_ALL,
        ),
        LayerFigure(
            "gained", "Zeros only here", Shape.SHARE,
            "Share of weights that are 0 here and not in the baseline",
            against=True, inside=_OVER_ALL,
        ),
        LayerFigure(
            "lost", "Zeros only in the baseline", Shape.SHARE,
            "Share of weights that are 0 in the baseline and not here", against=True, inside=_OVER_ALL,
        ),
    ),
    Mode.WEIGHTS: (
        _compared(
            "relative_l2", "Relative L2", "Norm of the change over the norm of the baseline's weights",
            Direction.LOWER,
        ),
        _compared(
            "cosine", "Cosine", "Cosine of the angle between the weights and the baseline's", Direction.HIGHER
        ),
        _compared(
            "sqnr_db", "SQNR",
            "Signal-to-noise ratio: minus 20 log10 of the relative L2; infinite if unchanged",
            Direction.HIGHER, unit="dB",
        ),
        _compared("mean_abs_change", "Mean |\N{GREEK CAPITAL LETTER DELTA}w|",
                  "Mean size of the change of a weight", Direction.LOWER),
        LayerFigure("mean_abs", "Mean |w|", Shape.NUMBER, "Mean size of a weight", inside=_OVER_ALL),
        LayerFigure(
            "distinct", "Distinct values", Shape.COUNT,
            "Number of different values of a tensor; 4,097 for any more",
            inside="the tensor with most",
        ),
        LayerFigure(
            "bits_per_weight", "Bits per weight", Shape.NUMBER,
            "Stored bits over the number of weights, with scales, indices and masks", "bit", Direction.LOWER,
            inside=_OVER_ALL,
        ),
        LayerFigure("bytes", "Bytes", Shape.BYTES, "Stored size, with scales, indices and masks", "B",
                    Direction.LOWER),
        LayerFigure("odd", "NaN or infinite", Shape.COUNT, "Number of weights that are NaN or infinite",
                    direction=Direction.LOWER),
    ),
    Mode.ACTIVATIONS: (
        _compared(
            "sqnr_db", "SQNR cumulative",
            "Signal-to-noise ratio of the output against the baseline's, everything before it compressed too",
            Direction.HIGHER, unit="dB", inside=_WORST,
        ),
        _compared(
            "sqnr_local_db", "SQNR local",
            "Signal-to-noise ratio of the output with the baseline's input: the error of this module alone",
            Direction.HIGHER, unit="dB", inside=_WORST,
        ),
        _compared("relative_l2", "Relative L2",
                  "Norm of the change of the output over the norm of the baseline's",
                  Direction.LOWER, inside=_WORST),
        _compared("cosine", "Cosine", "Cosine of the angle between the output and the baseline's",
                  Direction.HIGHER, inside=_WORST),
        _compared("cka", "CKA", "Linear centred kernel alignment of the instances' responses, 0 to 1 "
                  "(Kornblith et al. 2019)", Direction.HIGHER, inside=_WORST),
        LayerFigure("zeros", "Zeros", Shape.SHARE, "Share of outputs that are exactly 0",
                    inside="over all outputs inside"),
        LayerFigure("mean_abs", "Mean |x|", Shape.NUMBER, "Mean size of an output",
                    inside="over all outputs inside"),
        LayerFigure("odd", "NaN or infinite", Shape.COUNT, "Number of outputs that are NaN or infinite",
                    direction=Direction.LOWER),
    ),
    Mode.COST: (
        LayerFigure("parameters", "Parameters", Shape.COUNT, "Trainable numbers of the module",
                    direction=Direction.LOWER),
        LayerFigure("flops", "FLOPs", Shape.COUNT,
                    "Dense operations of one pass over the profile's batch, two per multiply-add", "FLOP",
                    Direction.LOWER),
        LayerFigure("time_ms", "Time", Shape.NUMBER, "Median time of all calls in one pass", "ms",
                    Direction.LOWER),
        LayerFigure("time_share", "Time share", Shape.SHARE, "Share of the time of all modules"),
        LayerFigure("calls", "Calls", Shape.COUNT, "Calls in one pass"),
        LayerFigure("bytes", "Bytes", Shape.BYTES, "Stored size, with scales, indices and masks", "B",
                    Direction.LOWER),
    ),
    Mode.STORAGE: (
        LayerFigure(
            "bits_per_weight", "Bits per weight", Shape.NUMBER,
            "Stored bits over the number of weights, with scales, indices and masks", "bit", Direction.LOWER,
            inside=_OVER_ALL,
        ),
        LayerFigure("code_bits", "Bits of a code", Shape.NUMBER,
                    "Bits of one stored code; none if not coded", "bit", Direction.LOWER,
                    inside="the largest inside"),
        LayerFigure("overhead", "Overhead", Shape.SHARE,
                    "Share of the stored bits that are scales, indices or masks: no code",
                    direction=Direction.LOWER, inside="over all coded tensors inside"),
        LayerFigure("form", "Stored as", Shape.TEXT, "Form of the tensor and which weights share a scale",
                    inside="nothing"),
        LayerFigure("scale_min", "Smallest scale", Shape.NUMBER, "Smallest scale of the codes",
                    inside="the smallest inside"),
        LayerFigure("scale_max", "Largest scale", Shape.NUMBER, "Largest scale of the codes",
                    inside="the largest inside"),
        LayerFigure("bytes", "Bytes", Shape.BYTES, "Stored size, with scales, indices and masks", "B",
                    Direction.LOWER),
    ),
    Mode.SENSITIVITY: (
        _compared("change", "Change of the metric", "Change of the metric if only this layer is compressed",
                  Direction.HIGHER, inside="the worst layer inside"),
        _compared("loss", "Change of the loss", "Change of the loss if only this layer is compressed",
                  Direction.LOWER, unit="nat", inside="the worst layer inside"),
        _compared("estimate", "Estimated change of the loss",
                  "Change of the loss if only this layer is compressed, from gradients of a few instances",
                  Direction.LOWER, unit="nat", inside="the worst layer inside"),
        LayerFigure("saved", "Saved bytes", Shape.BYTES, "Bytes that compressing only this layer saves", "B",
                    Direction.HIGHER),
        _compared("sqnr_db", "SQNR", "Signal-to-noise ratio of the layer's weight under the step",
                  Direction.HIGHER, unit="dB", inside="the worst layer inside"),
        LayerFigure("weights", "Weights", Shape.COUNT, "Numbers in the layer's weight"),
    ),
}  # fmt: skip

SOURCES: Mapping[Mode, str] = {
    Mode.SPARSITY: "the run that made the model",
    Mode.WEIGHTS: "the run that made the model",
    Mode.ACTIVATIONS: "a run that passed the same probe batch through both models",
    Mode.COST: "the latest profile under the project's protocol",
    Mode.STORAGE: "the run that made the model",
    Mode.SENSITIVITY: "runs that applied the step to one layer at a time, or estimated it",
}


def figure_of(mode: Mode, key: str) -> LayerFigure:
    """Return a figure of a mode, its first for a key that it does not have."""
    return next((figure for figure in FIGURES[mode] if figure.key == key), FIGURES[mode][0])

"""The efficiency metrics that every profile measures: what they are called, their units and directions."""

from __future__ import annotations

from core.domain.metric import Direction, Format, Group, MetricDefinition


def _efficiency(
    name: str, label: str, direction: Direction, *, format: Format = Format.COUNT, unit: str = "", about: str
) -> MetricDefinition:
    return MetricDefinition(name, label, direction, format, unit, Group.EFFICIENCY, about)


LOWER, HIGHER, NEITHER = Direction.LOWER, Direction.HIGHER, Direction.NEITHER

EFFICIENCY_METRICS: tuple[MetricDefinition, ...] = (
    _efficiency("file_bytes", "File size", LOWER, format=Format.BYTES, about="Bytes of the stored checkpoint."),
    _efficiency(
        "theoretical_bytes",
        "Theoretical size",
        LOWER,
        format=Format.BYTES,
        about="Bytes that the encoded weights need, without the file's header.",
    ),
    _efficiency(
        "bits_per_weight",
        "Bits per weight",
        LOWER,
        format=Format.DECIMAL,
        unit="bit",
        about="Theoretical size over the number of stored values.",
    ),
    _efficiency("parameters", "Parameters", LOWER, about="Trainable numbers, shared ones counted once."),
    _efficiency("nonzeros", "Non-zeros", LOWER, about="Parameters that are not zero."),
    _efficiency(
        "sparsity",
        "Sparsity",
        NEITHER,
        format=Format.PERCENT,
        about="Share of zeros among the weights that can be compressed.",
    ),
    _efficiency(
        "flops",
        "Dense FLOPs",
        LOWER,
        about="Floating-point operations for one instance, two per multiply-add; zeros and bits are not considered.",
    ),
    _efficiency(
        "latency_ms_b1", "Latency, batch 1", LOWER, format=Format.DECIMAL, unit="ms", about="Median time of one instance."
    ),
    _efficiency(
        "latency_iqr_ms_b1",
        "Latency spread, batch 1",
        LOWER,
        format=Format.DECIMAL,
        unit="ms",
        about="Interquartile range of the time of one instance.",
    ),
    _efficiency(
        "latency_ms_b64",
        "Latency, batch 64",
        LOWER,
        format=Format.DECIMAL,
        unit="ms",
        about="Median time of a batch of 64 instances.",
    ),
    _efficiency(
        "latency_iqr_ms_b64",
        "Latency spread, batch 64",
        LOWER,
        format=Format.DECIMAL,
        unit="ms",
        about="Interquartile range of the time of a batch of 64.",
    ),
    _efficiency(
        "throughput_per_s",
        "Throughput",
        HIGHER,
        format=Format.DECIMAL,
        unit="/s",
        about="Instances per second in batches of 64.",
    ),
    _efficiency(
        "peak_memory_bytes",
        "Peak memory",
        LOWER,
        format=Format.BYTES,
        about="Weights, inputs and intermediate results at once for a batch of 64, without kernels' workspaces.",
    ),
)

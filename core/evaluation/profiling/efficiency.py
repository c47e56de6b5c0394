"""The efficiency metrics that every profile measures: what they are called, their units and directions."""

from __future__ import annotations

from functools import partial

from core.domain.condition import ConditionField
from core.domain.metric import Direction, Format, Group, MetricDefinition

_OF_FIXED_BATCH = (
    ConditionField.DEVICE,
    ConditionField.THREADS,
    ConditionField.DATA,
    ConditionField.RUNTIME,
    ConditionField.PRECISION,
)
"""What figures depend on whose batch size is part of their name."""

_efficiency = partial(MetricDefinition, group=Group.EFFICIENCY)
_of_model = partial(_efficiency, depends_on=())
_bytes = partial(_of_model, direction=Direction.LOWER, format=Format.BYTES)
_count = partial(_of_model, direction=Direction.LOWER, format=Format.COUNT)
_time = partial(_efficiency, direction=Direction.LOWER, unit="ms", depends_on=_OF_FIXED_BATCH)

EFFICIENCY_METRICS: tuple[MetricDefinition, ...] = (
    _bytes("file_bytes", "File size", description="Bytes of the stored checkpoint."),
    _bytes(
        "theoretical_bytes",
        "Theoretical size",
        description="Bytes that the encoded weights need, without the file's header.",
    ),
    _of_model(
        "bits_per_weight",
        "Bits per weight",
        direction=Direction.LOWER,
        unit="bit",
        description="Theoretical size over the number of stored values.",
    ),
    _count("parameters", "Parameters", description="Trainable numbers, shared ones counted once."),
    _count("nonzeros", "Non-zeros", description="Parameters that are not zero."),
    _of_model(
        "sparsity",
        "Sparsity",
        direction=Direction.NEITHER,
        format=Format.PERCENT,
        description="Share of zeros among all weights of two axes and more, also those no step reaches, "
        "and among pruned norms and biases.",
    ),
    _count(
        "flops",
        "Dense FLOPs",
        description="Floating-point operations for one instance, two per multiply-add; zeros count too.",
        depends_on=(ConditionField.DATA,),
    ),
    _time("latency_ms_b1", "Latency, batch 1", description="Median time of one instance."),
    _time(
        "latency_iqr_ms_b1",
        "Latency spread, batch 1",
        description="Interquartile range of the time of one instance.",
    ),
    _time("latency_ms_b64", "Latency, batch 64", description="Median time of a batch of 64 instances."),
    _time(
        "latency_iqr_ms_b64",
        "Latency spread, batch 64",
        description="Interquartile range of the time of a batch of 64.",
    ),
    _efficiency(
        "throughput_per_s",
        "Throughput",
        direction=Direction.HIGHER,
        unit="/s",
        description="Instances per second in batches of 64, or of fewer where so many do not fit.",
    ),
    _bytes(
        "peak_memory_bytes",
        "Peak memory",
        description="Weights, inputs and intermediate results held at once for a batch of 64.",
        depends_on=_OF_FIXED_BATCH,
    ),
)

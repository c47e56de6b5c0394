"""What a model shows: values under the protocol by plain names, all others by names of their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.domain.condition import ConditionField, EfficiencyCondition, Protocol, QualityCondition
from core.domain.ids import DatasetId, EvaluationId, ModelId, ProfileId
from core.domain.measurement.evaluation import Evaluation, Profile
from core.domain.measurement.figures import derive, with_recovery
from core.domain.measurement.variants import Variant, derived_metrics, recovery
from core.domain.metric import Direction, Format, Group, MetricDefinition

NOW = datetime(2026, 1, 31, tzinfo=UTC)
TOP1 = MetricDefinition("top1", "Top-1 accuracy", Direction.HIGHER, Format.PERCENT)
LOSS = MetricDefinition("loss", "Loss", Direction.LOWER, unit="nats")
SIZE = MetricDefinition(
    "file_bytes", "File size", Direction.LOWER, Format.BYTES, group=Group.EFFICIENCY, depends_on=()
)
LATENCY = MetricDefinition(
    "latency_ms", "Latency", Direction.LOWER, unit="ms", group=Group.EFFICIENCY,
    depends_on=(ConditionField.DEVICE, ConditionField.THREADS),
)  # fmt: skip
RATE = MetricDefinition("rate", "Throughput", Direction.HIGHER, group=Group.EFFICIENCY)
METRICS = (TOP1, LOSS, SIZE, LATENCY, RATE)
DATA, CPU, GPU = DatasetId(1), "laptop CPU @ 2.9 GHz", "H200, 141 GB"
PROTOCOL = Protocol(QualityCondition(DATA), EfficiencyCondition(CPU, 2))


def evaluated(metrics: dict[str, float], **changes: object) -> Evaluation:
    plain = Evaluation(EvaluationId(1), ModelId(1), DATA, "test", 797, metrics, NOW)
    return replace(plain, **changes)


def profiled(metrics: dict[str, float], device: str = CPU, **environment: object) -> Profile:
    told = {"threads": 2} | environment
    return Profile(ProfileId(1), ModelId(1), device, metrics, NOW, told)


def test_an_evaluation_elsewhere_never_touches_the_protocols_values() -> None:
    plain = evaluated({"top1": 0.96, "loss": 0.2})
    others = [
        evaluated({"top1": 0.123}, split="train"),
        evaluated({"top1": 0.95, "loss": 0.3}, environment={"precision": "bfloat16"}),
        evaluated({"top1": 0.9}, environment={"instances_asked": 100}, instances=100),
        evaluated({"top1": 0.5}, dataset_id=DatasetId(2)),
        evaluated({"top1": 0.4}, split="train", environment={"precision": "bfloat16"}),
    ]
    found = derive({}, [plain, *others], METRICS, PROTOCOL)
    assert found.metrics == {
        "top1": 0.96,
        "loss": 0.2,
        "top1@split=train": 0.123,
        "top1@precision=bfloat16": 0.95,
        "loss@precision=bfloat16": 0.3,
        "top1@instances=100": 0.9,
        "top1@data=2": 0.5,
        "top1@split=train,precision=bfloat16": 0.4,
    }
    assert found.instances == 797
    assert derive({}, [*others, plain], METRICS, PROTOCOL).metrics == found.metrics


def test_the_latest_evaluation_under_a_condition_counts_as_a_whole() -> None:
    first = evaluated({"top1": 0.96, "loss": 0.2}, intervals={"loss": (0.1, 0.3)})
    again = evaluated({"top1": 0.97})
    found = derive({}, [first, again], METRICS, PROTOCOL)
    assert found.metrics == {"top1": 0.97}
    assert found.intervals == {}
    assert derive({}, [again, first], METRICS, PROTOCOL).intervals == {"loss": (0.1, 0.3)}


def test_another_protocol_shows_other_values_of_the_same_measurements() -> None:
    measured = [evaluated({"top1": 0.96}), evaluated({"top1": 0.123}, split="train")]
    train = replace(PROTOCOL, quality=QualityCondition(DATA, "train"))
    assert derive({}, measured, METRICS, train).metrics == {"top1@split=test": 0.96, "top1": 0.123}


def test_another_device_has_its_own_times_but_the_same_file() -> None:
    here = profiled({"file_bytes": 100.0, "latency_ms": 2.0, "rate": 50.0})
    there = profiled({"file_bytes": 100.0, "latency_ms": 0.1, "rate": 900.0}, GPU, large_batch=32)
    found = derive({}, [here, there], METRICS, PROTOCOL)
    assert found.metrics == {
        "file_bytes": 100.0,
        "latency_ms": 2.0,
        "rate": 50.0,
        "latency_ms@device=H200%2C 141 GB": 0.1,
        "rate@device=H200%2C 141 GB,batch=32": 900.0,
    }


def test_threads_are_part_of_the_condition() -> None:
    found = derive(
        {}, [profiled({"latency_ms": 2.0}), profiled({"latency_ms": 1.0}, threads=8)], METRICS, PROTOCOL
    )
    assert found.metrics == {"latency_ms": 2.0, "latency_ms@threads=8": 1.0}


def test_facts_of_the_model_itself_have_no_condition_and_win() -> None:
    found = derive(
        {"file_bytes": 90.0, "old": 1.0}, [profiled({"file_bytes": 100.0}, GPU)], METRICS, PROTOCOL
    )
    assert found.metrics == {"file_bytes": 90.0, "old": 1.0}


def test_nothing_is_shown_by_a_plain_name_while_no_protocol_is_known() -> None:
    found = derive({}, [evaluated({"top1": 0.9}), profiled({"latency_ms": 1.0})], METRICS, Protocol())
    assert found.metrics == {}


def test_doubtful_times_say_so_and_sizes_do_not() -> None:
    busy = profiled({"file_bytes": 1.0, "latency_ms": 2.0}, load_average=9.0, cores=2, speed="simulated")
    found = derive({}, [busy], METRICS, PROTOCOL)
    assert found.caveats == {"latency_ms": ("timed on a busy machine", "simulated arithmetic")}
    assert derive({}, [busy, profiled({"latency_ms": 1.0})], METRICS, PROTOCOL).caveats == {}


def test_a_variant_is_a_metric_with_a_label_that_names_what_differs() -> None:
    variant = Variant(
        "top1",
        {ConditionField.DATA: "2", ConditionField.SPLIT: "train", ConditionField.PRECISION: "bfloat16"},
    )
    recovered, found = derived_metrics(METRICS, ("top1", "file_bytes"), [variant], {"2": "streets"})
    assert found.label == "Top-1 accuracy · streets · train · bf16"
    assert (found.name, found.variant_of) == ("top1@data=2,split=train,precision=bfloat16", "top1")
    assert (found.direction, found.format, found.group) == (TOP1.direction, TOP1.format, TOP1.group)
    assert (recovered.label, recovered.variant_of) == ("Top-1 accuracy · recovery", "top1")


@pytest.mark.parametrize(
    ("metric", "value", "base", "expected"),
    [
        (TOP1, 0.48, 0.96, 0.5),
        (TOP1, 0.96, 0.96, 1.0),
        (LOSS, 0.4, 0.2, 0.5),
        (LOSS, 0.1, 0.2, 2.0),
        (TOP1, 0.5, 0.0, None),
        (TOP1, 0.5, None, None),
        (TOP1, float("nan"), 0.5, None),
        (LOSS, 0.0, 0.2, None),
        (TOP1, 0.5, -0.5, None),
    ],
)
def test_recovery_is_the_share_of_the_bases_value(
    metric: MetricDefinition, value: float, base: float | None, expected: float | None
) -> None:
    assert recovery(metric, value, base) == expected


def test_recovery_is_of_quality_alone_and_goes_where_the_value_goes() -> None:
    base = {"top1": 0.8, "file_bytes": 100.0}
    found = with_recovery({"top1": 0.4, "file_bytes": 50.0}, base, [TOP1, SIZE])
    assert found == {"top1": 0.4, "file_bytes": 50.0, "top1@recovery": 0.5}
    assert with_recovery({**found, "top1": 0.6}, {}, [TOP1]) == {"top1": 0.6, "file_bytes": 50.0}

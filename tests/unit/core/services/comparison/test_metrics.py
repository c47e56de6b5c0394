"""Which changes of metrics are told, how they were tested, and what would make missing values."""

import math
from dataclasses import replace

import pytest
from scipy.stats import binomtest

from core.comparison.behaviour.paired import Difference
from core.comparison.metrics.cells import MetricCell, MetricRow, Verdict, judged
from core.domain.condition import ConditionField, EfficiencyCondition
from core.domain.ids import ModelId
from core.domain.metric import Direction, Group, MetricDefinition
from core.domain.queue.run import RunKind
from core.domain.recipe import SweepStep
from core.services.comparison.metrics import MetricComparison, compare_metrics
from core.services.comparison.timings import Timing, why_apart
from core.services.measurements.measurements import Measurement, queue_evaluation, queue_profile
from core.services.measurements.protocol import delete_evaluation
from core.services.models.models import list_models
from core.testing.laboratory import LATENCY
from core.testing.projects.answering import answer

CLASSES = ("common", "rare")
LABELS = [0] * 100 + [1] * 100
PRUNED = ((SweepStep("prune", {"sparsity": (0.5, 0.9)}),),)


def answers(common: int, rare: int) -> list[int]:
    return [int(each >= common) for each in range(100)] + [int(each < rare) for each in range(100)]


@pytest.fixture
def family(laboratory, project, base):
    """Ids of a base and two pruned models; the second lost 70 instances, the first won 2 and lost 4."""
    laboratory.sweep(project, base.id, PRUNED)
    laboratory.play()
    ids = [model.id for model in list_models(laboratory.app, project.id)]
    for model_id, (common, rare) in zip(ids, [(94, 90), (96, 86), (94, 20)], strict=True):
        answer(laboratory, model_id, LABELS, answers(common, rare), class_names=CLASSES)
    return ids


def row(found: MetricComparison, name: str) -> MetricRow:
    return next(row for row in found.rows if row.metric.name == name)


def test_accuracy_is_tested_by_mcnemar(app, family):
    cells = row(compare_metrics(app, family[1:]), "top1").cells
    assert [cell.verdict for cell in cells] == [Verdict.UNSURE, Verdict.WORSE]
    assert [cell.change.value for cell in cells] == pytest.approx([-0.01, -0.35])
    assert cells[0].change.p_value == pytest.approx(binomtest(2, 6).pvalue)
    assert cells[1].change.p_value == pytest.approx(binomtest(0, 70).pvalue)
    assert [cell.recovery.value for cell in cells] == pytest.approx([182 / 184, 114 / 184])


def test_facts_of_the_model_are_exact(app, family):
    found = row(compare_metrics(app, family[1:]), "file_bytes")
    assert [cell.verdict for cell in found.cells] == [Verdict.BETTER, Verdict.BETTER]
    assert not any(cell.tested for cell in found.cells)


def test_repetitions_without_a_spread_are_no_gain(app, family):
    assert row(compare_metrics(app, family[1:]), LATENCY.name).cells[0].verdict is Verdict.UNSURE


@pytest.mark.parametrize(
    ("after", "verdict"),
    [(8.0, Verdict.UNSURE), (7.4, Verdict.BETTER), (12.6, Verdict.WORSE), (12.4, Verdict.UNSURE)],
)
def test_times_of_two_sittings_have_to_differ_by_more_than_a_quarter(after, verdict):
    cells = [MetricCell(ModelId(one), ms, (ms * 0.99, ms * 1.01)) for one, ms in ((1, 10.0), (2, after))]
    change = Difference(after - 10.0, math.nan, math.nan, math.nan, 0)
    rows, _ = judged([MetricRow(LATENCY, cells[0], (replace(cells[1], change=change),))])
    assert rows[0].cells[0].verdict is verdict


def test_counted_operations_are_exact():
    flops = MetricDefinition(
        "flops", "FLOPs", Direction.LOWER, group=Group.EFFICIENCY, depends_on=(ConditionField.DATA,)
    )
    cells = [MetricCell(ModelId(one), count) for one, count in ((1, 1_000.0), (2, 999.0))]
    change = Difference(-1.0, math.nan, math.nan, math.nan, 0)
    rows, _ = judged([MetricRow(flops, cells[0], (replace(cells[1], change=change),))])
    assert rows[0].cells[0].verdict is Verdict.BETTER


def test_times_on_two_devices_are_shown_and_not_subtracted(app, laboratory, project, base):
    laboratory.sweep(project, base.id, PRUNED)
    laboratory.play()
    before, after, _ = list_models(app, project.id)
    for profile in app.unit_of_work().evaluations.profiles_of_model(after.id):
        with app.unit_of_work(writing=True) as uow:
            uow.evaluations.delete_profile(profile.id)
            uow.commit()
    queue_profile(app, [after.id], Measurement(queue="gpu"))
    laboratory.play()
    cell = row(compare_metrics(app, [after.id], before.id), LATENCY.name).cells[0]
    assert cell.value is not None
    assert cell.change is None
    assert cell.apart == "Not subtracted: measured on laboratory GPU, the baseline on laboratory CPU."
    assert cell.condition.startswith("laboratory GPU")


def test_missing_values_name_their_run(app, family):
    with app.unit_of_work() as uow:
        stored = uow.evaluations.of_model(family[1])
    for evaluation in stored:
        delete_evaluation(app, evaluation.id)
    lacking = row(compare_metrics(app, family[1:]), "top1").cells[0].missing
    assert (lacking.run, lacking.coming) == (RunKind.EVALUATE, False)
    queue_evaluation(app, [family[1]])
    assert row(compare_metrics(app, family[1:]), "top1").cells[0].missing.coming


def test_models_evaluated_on_other_data_are_not_subtracted(app, laboratory, family):
    answer(laboratory, family[1], LABELS, answers(96, 86), class_names=CLASSES, fingerprint="new data")
    cell = row(compare_metrics(app, family[1:], family[0]), "top1").cells[0]
    assert cell.change is None
    assert "before the data changed" in cell.apart


def test_correction_counts_every_tested_change(app, family):
    assert compare_metrics(app, family[1:]).comparisons == 2  # top1 of two models; losses are not stored


def test_a_much_busier_machine_forbids_subtracting():
    quiet = Timing(1.0, None, EfficiencyCondition("cpu"), "", (), load=0.4, busy=False)
    assert why_apart(LATENCY, quiet, replace(quiet, load=0.9)) == ""
    assert "busier" in why_apart(LATENCY, quiet, replace(quiet, load=1.2))
    assert "busier" in why_apart(LATENCY, quiet, replace(quiet, load=3.0, busy=True))

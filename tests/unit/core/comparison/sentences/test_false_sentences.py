"""Sentences that were false once, each with what is true of the same models."""

from dataclasses import replace

import pytest

from core.comparison.sentences.census import census
from core.comparison.sentences.evidence import Evidence
from core.comparison.sentences.summary import Summary, summary_from
from core.comparison.sentences.trade_off import Aims, best_trade_off
from core.comparison.sentences.words import written
from core.comparison.variables.variables import what_differs
from core.domain.ids import ModelId
from core.domain.metric import Direction, Format, Group, MetricDefinition, format_change
from core.domain.model import Model
from core.domain.origin import Origin
from core.domain.queue.run import RunStatus
from core.domain.recipe import Step
from core.domain.technique import LayerRules
from core.testing.projects.forests import model
from core.testing.sentences.checks import check_summary
from core.testing.sentences.situation import Situation

TOP1 = MetricDefinition("top1", "Top-1 accuracy", Direction.HIGHER, Format.PERCENT)
IN_PER_CENT = MetricDefinition("top1", "Top-1 accuracy", Direction.HIGHER, Format.DECIMAL, "%")
SIZE = MetricDefinition("size", "File size", Direction.LOWER, Format.BYTES, group=Group.EFFICIENCY)
LATENCY = MetricDefinition("latency", "Latency", Direction.LOWER, unit="ms", group=Group.EFFICIENCY)
BASE = model(1, name="CNN", metrics={"top1": 0.95, "size": 300_000.0})


def made(
    number: int, parent: Model, step: Step, top1: float, size: float = 300_000.0, **more: object
) -> Model:
    return model(number, parent, step, metrics={"top1": top1, "size": size}, **more)


def said(models: list[Model], *ids: int, metrics: tuple[MetricDefinition, ...] = (TOP1, SIZE)) -> str:
    """Return the sentence, held against its check."""
    differences = what_differs(models, ids)
    found = summary_from(Evidence.of(differences, models, {}), metrics, [metric.name for metric in metrics])
    check_summary(Situation(models, ids, metrics), found)
    return found.text


def test_siblings_combine_nothing_and_bring_nothing_back() -> None:
    codes = made(2, BASE, Step("quantize", {"bits": 8}), 0.943, 80_000.0)
    palette = made(3, BASE, Step("palettize", {"bits": 4}), 0.960, 141_600.0)
    assert said([BASE, codes, palette], 2, 3) == (
        "Palettize (4 bits) instead of quantize (8 bits) gains 1.7 points of top-1 accuracy and adds 77 % to "
        "file size."
    )


def test_two_ways_to_recover_are_told_against_each_other() -> None:
    pruned = made(2, BASE, Step("prune", {"sparsity": 0.7}), 0.928)
    calibrated, tuned = made(3, pruned, Step("calibrate"), 0.925), made(4, pruned, Step("fine-tune"), 0.940)
    models = [BASE, pruned, calibrated, tuned]
    assert said(models, 3, 4) == (
        "Fine-tune instead of calibrate gains 1.5 points of top-1 accuracy and leaves file size as it is."
    )
    assert said(models, 2, 4) == (
        "Fine-tune brings back 1.2 of 2.2 points of top-1 accuracy and leaves file size as it is."
    )


def test_only_the_selected_values_are_spoken_of() -> None:
    figures = {0.1: 0.95, 0.3: 0.949, 0.5: 0.93, 0.7: 0.80, 0.9: 0.20}
    pruned = [made(n, BASE, Step("prune", {"sparsity": s}), v) for n, (s, v) in enumerate(figures.items(), 2)]
    assert said([BASE, *pruned], 2, 3).startswith("Sparsity 0.3 instead of 0.1 keeps top-1 accuracy within")
    third = made(9, BASE, Step("prune", {"sparsity": 0.2}), 0.952)
    assert said([BASE, *pruned, third], 2, 3, 9) == (
        "Top-1 accuracy stays within 0.3 points at sparsity 0.1, 0.2 and 0.3; file size is 300 kB."
    )


def test_quality_is_weighed_against_the_model_that_was_trained() -> None:
    root = model(1, name="constructed", origin=Origin.CONSTRUCTED, metrics={"top1": 0.10, "size": 300_000.0})
    trained = replace(made(2, root, Step("train", {"epochs": 200}), 0.92), name="trained")
    pruned = replace(made(3, trained, Step("prune", {"sparsity": 0.5}), 0.89, 150_000.0), name="pruned")
    untrained = made(4, root, Step("quantize", {"bits": 8}), 0.10, 80_000.0)
    models = [root, trained, pruned, untrained]
    found = best_trade_off(models, Aims(TOP1, SIZE, {}), lambda one: one.name)
    assert found is not None
    assert written(found) == (
        "Nothing that saves file size stays within 1 point of the base's top-1 accuracy so far; the closest "
        "is pruned: against trained, it costs 3 points of top-1 accuracy and saves 50 % of file size."
    )
    assert said(models, 3, 4).endswith("; model 4 was never trained.")


def test_the_criterion_is_named_and_adjustable() -> None:
    models = [BASE, made(2, BASE, Step("prune", {"sparsity": 0.5}), 0.93, 150_000.0)]
    openings = {
        0.03: "Within 3 points of the base's top-1 accuracy, model 2 saves the most file size",
        0.005: "Nothing that saves file size stays within 0.5 points of the base's top-1 accuracy",
    }
    for loss, opening in openings.items():
        found = best_trade_off(models, Aims(TOP1, SIZE, {}, loss), lambda one: one.name)
        assert found is not None
        assert written(found).startswith(opening)


def wilson(wrong: int, of: int) -> tuple[float, float]:
    """Return the 95 % score interval of the share that is right (Wilson 1927)."""
    z, share = 1.959964, 1 - wrong / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * (share * (1 - share) / of + z * z / (4 * of * of)) ** 0.5 / (1 + z * z / of)
    return middle - half, middle + half


def test_four_against_seven_errors_of_599_are_noise() -> None:
    base = replace(BASE, metrics={"top1": 1 - 4 / 599, "size": 3e5}, intervals={"top1": wilson(4, 599)})
    small = made(2, base, Step("quantize", {"bits": 8}), 1 - 7 / 599, 8e4)
    text = said([base, replace(small, intervals={"top1": wilson(7, 599)})], 1, 2)
    assert text == (
        "Quantize (8 bits) does not change top-1 accuracy measurably "
        "(\N{MINUS SIGN}0.5 \N{PLUS-MINUS SIGN} 1.6 points) and saves 73 % of file size."
    )


def test_seeds_that_disagree_by_a_point_hide_a_difference_of_half_a_point() -> None:
    def with_seeds(first: int, bits: int, values: tuple[float, float]) -> list[Model]:
        step = Step("quantize", {"bits": bits})
        return [made(first + n, BASE, step, value, seed=n) for n, value in enumerate(values)]

    models = [BASE, *with_seeds(2, 4, (0.920, 0.930)), *with_seeds(4, 8, (0.925, 0.935))]
    assert said(models, 2, 3, 4, 5).startswith("8 bits instead of 4 does not change top-1 accuracy")
    assert said(models, 2, 3) == (
        "These 2 models repeat one recipe: top-1 accuracy ranges from 92.0 % to 93.0 %."
    )


def test_per_cent_from_0_to_100_is_told_in_points() -> None:
    base = model(1, name="CNN", metrics={"top1": 92.0})
    models = [base, model(2, base, Step("prune", {"sparsity": 0.5}), metrics={"top1": 90.5})]
    assert said(models, 1, 2, metrics=(IN_PER_CENT,)) == (
        "Prune (sparsity 0.5) costs 1.5 points of top-1 accuracy."
    )
    close = [base, model(2, base, Step("prune", {"sparsity": 0.5}), metrics={"top1": 91.2})]
    assert "within 0.8 points" in said(close, 1, 2, metrics=(IN_PER_CENT,))
    assert format_change(IN_PER_CENT, -1.5) == "\N{MINUS SIGN}1.5 pts"


def test_times_of_a_busy_machine_say_so() -> None:
    busy = {"latency": ("timed on a busy machine", "simulated arithmetic")}
    base = model(1, name="CNN", metrics={"latency": 2.0})
    fast = model(2, base, Step("prune", {"sparsity": 0.8}), metrics={"latency": 1.2}, caveats=busy)
    assert said([base, fast], 1, 2, metrics=(LATENCY,)) == (
        "Prune (sparsity 0.8) saves 40 % of latency (timed on a busy machine; simulated arithmetic)."
    )


def test_times_of_two_sittings_are_no_gain() -> None:
    def timed(ms: float) -> dict[str, object]:
        return {"metrics": {"latency": ms}, "intervals": {"latency": (ms * 0.99, ms * 1.01)}}

    base = model(1, name="CNN", **timed(2.0))
    fast = model(2, base, Step("prune", {"sparsity": 0.8}), **timed(1.6))
    assert said([base, fast], 1, 2, metrics=(LATENCY,)) == ("Prune (sparsity 0.8) keeps latency within 20 %.")
    faster = model(2, base, Step("prune", {"sparsity": 0.8}), **timed(1.2))
    assert said([base, faster], 1, 2, metrics=(LATENCY,)).startswith("Prune (sparsity 0.8) saves 40")


def test_models_with_one_name_are_told_apart() -> None:
    pruned = [made(n, BASE, Step("prune", {"sparsity": n / 10}), 0.7) for n in (2, 3, 4)]
    tuned = [
        made(one.id + 3, one, Step("tune", {"epochs": int(one.id)}), 0.7 + one.id / 20, name="tuned")
        for one in pruned
    ]
    models = [BASE, *pruned, *tuned]
    assert "tuned (id 7) has the best top-1 accuracy (90.0 %)" in said(models, 2, 5, 6, 7)


def test_values_that_read_the_same_are_no_range() -> None:
    models = [
        model(n, name=f"net {n}", metrics={"top1": v}) for n, v in ((1, 0.9431), (2, 0.9432), (3, 0.29))
    ]
    assert said(models, 1, 2, 3, metrics=(TOP1,)) == (
        "Top-1 accuracy is worst on net 3 (29.0 %); the other 2 measure 94.3 %."
    )


def test_a_base_that_was_never_trained_is_no_equal_among_bases() -> None:
    bases = [
        model(n, name=f"net {n}", metrics={"top1": top1, "size": 3e5}, origin=origin)
        for n, top1, origin in (
            (1, 0.95, Origin.TRAINED),
            (2, 0.90, Origin.TRAINED),
            (3, 0.10, Origin.CONSTRUCTED),
        )
    ]
    assert said(bases, 1, 2, 3) == (
        "Top-1 accuracy is best on net 1 (95.0 %) and worst on net 3 (10.0 %); net 3 was never trained."
    )


def test_causes_that_cannot_be_separated_are_named_first_and_together() -> None:
    rules = [LayerRules(), LayerRules(exclude=("head",)), LayerRules(exclude=("head", "stem"))]
    models = [
        BASE,
        *(
            made(n, BASE, Step("prune", {"sparsity": s}, rules[n - 2]), v)
            for n, s, v in ((2, 0.3, 0.94), (3, 0.5, 0.90), (4, 0.7, 0.70))
        ),
    ]
    assert said(models, 2, 3) == (
        "Changing sparsity from 0.3 to 0.5 and layer rules from all layers to not head costs 4 points of "
        "top-1 accuracy and leaves file size as it is."
    )
    assert said(models, 2, 3, 4) == (
        "Of these 3 models, which differ in sparsity (prune) and layer rules (prune), model 2 has the best "
        "top-1 accuracy (94.0 %)."
    )


def test_only_made_models_are_counted_and_the_others_by_what_became_of_them() -> None:
    states = (RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.CANCELLED, RunStatus.SKIPPED, RunStatus.QUEUED)
    others = [model(n, BASE, Step("prune"), status=state) for n, state in enumerate(states, 3)]
    broken = model(9, status=RunStatus.FAILED)
    models = [BASE, made(2, BASE, Step("prune"), 0.9), *others, broken]
    assert written(census(models)) == (
        "1 compressed model from CNN; 2 failed, 2 were cancelled, 1 was skipped and 1 is not made yet."
    )


@pytest.mark.parametrize("part", ["verdict", "amount", "before", "lost", "variables"])
def test_a_statement_that_is_made_up_does_not_pass(part: str) -> None:
    pruned = made(2, BASE, Step("prune", {"sparsity": 0.7}), 0.90)
    models = [BASE, pruned, made(3, pruned, Step("fine-tune"), 0.94), made(4, BASE, Step("quantize"), 0.90)]
    at = Situation(models, (2, 3), (TOP1, SIZE))
    found = summary_from(Evidence.of(what_differs(models, at.ids), models, {}), at.metrics, ["top1", "size"])
    check_summary(at, found)
    statement = found.statement
    first = statement.differences[0]
    changed = {
        "verdict": replace(statement, differences=(replace(first, verdict="lower"),)),
        "amount": replace(statement, differences=(replace(first, amount=0.03),)),
        "before": replace(statement, before=(4,)),
        "lost": replace(statement, differences=(replace(first, lost=None),)),
        "variables": replace(statement, new=("quantize",)),
    }[part]
    with pytest.raises(AssertionError):
        check_summary(at, Summary.of(changed))


@pytest.mark.parametrize(
    "text",
    [
        "Fine-tune costs 4 points of top-1 accuracy.",
        "Fine-tune brings back 3 of 5 points of top-1 accuracy.",
        "Fine-tune, together with quantize, brings back 4 of 5 points of top-1 accuracy.",
        "Fine-tune gains 4 points of top-1 accuracy and saves 20 % of file size.",
    ],
)
def test_words_that_say_something_else_than_the_figures_do_not_pass(text: str) -> None:
    pruned = made(2, BASE, Step("prune", {"sparsity": 0.7}), 0.90)
    models = [BASE, pruned, made(3, pruned, Step("fine-tune"), 0.94)]
    at = Situation(models, (2, 3), (TOP1, SIZE))
    found = summary_from(Evidence.of(what_differs(models, at.ids), models, {}), at.metrics, ["top1", "size"])
    with pytest.raises(AssertionError):
        check_summary(at, replace(found, text=text))


@pytest.mark.parametrize("value", [1e308, -1e308, 1e-308])
@pytest.mark.parametrize("metric", [TOP1, IN_PER_CENT, LATENCY, SIZE])
def test_extreme_values_fill_no_line(metric: MetricDefinition, value: float) -> None:
    base = model(1, name="CNN", metrics={metric.name: 0.5}, intervals={metric.name: (0.4, 0.6)})
    odd = model(2, base, Step("prune", {"sparsity": value}), metrics={metric.name: value})
    odder = model(3, base, Step("prune", {"sparsity": 0.5}), metrics={metric.name: value / 2})
    wide = replace(odd, id=ModelId(4), step=Step("quantize"), intervals={metric.name: (value / 2, value)})
    models = [base, odd, odder, wide]
    for ids in ((1, 2), (2, 3), (1, 2, 3), (1, 4), (2, 4), (2,), (1, 2, 3, 4)):
        text = said(models, *ids, metrics=(metric,))
        assert len(text) < 260, text
        assert "inf" not in text.lower().replace("infinity", "inf")


def test_a_latency_within_two_per_cent_is_no_gain_however_narrow_its_interval() -> None:
    base = model(1, name="CNN", metrics={"latency": 2.0}, intervals={"latency": (1.999, 2.001)})
    fast = model(2, base, Step("prune", {"sparsity": 0.8}), metrics={"latency": 1.97})
    models = [base, replace(fast, intervals={"latency": (1.969, 1.971)})]
    assert said(models, 1, 2, metrics=(LATENCY,)) == ("Prune (sparsity 0.8) keeps latency within 1.5 %.")
    wide = [base, replace(fast, metrics={"latency": 1.8}, intervals={"latency": (1.5, 2.1)})]
    assert "does not change latency measurably" in said(wide, 1, 2, metrics=(LATENCY,))


def test_of_models_whose_base_is_gone_nothing_is_said_about_training() -> None:
    gone = model(1, name="gone", metrics={"top1": 0.9})
    pruned = made(2, gone, Step("prune", {"sparsity": 0.5}), 0.85)
    smaller = made(3, gone, Step("prune", {"sparsity": 0.7}), 0.80)
    assert "never trained" not in said([pruned, smaller], 2, 3)

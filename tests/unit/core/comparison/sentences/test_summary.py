import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.comparison.sentences.evidence import Evidence
from core.comparison.sentences.summary import summary_from
from core.comparison.variables.variables import what_differs
from core.domain.ids import ModelId
from core.domain.metric import Direction, Format, Group, MetricDefinition
from core.domain.model import Model
from core.domain.recipe import Step
from core.domain.technique import Storage, TechniqueSpec
from core.testing.projects.forests import forest, model

ACCURACY = MetricDefinition("accuracy", "Top-1 Accuracy", Direction.HIGHER, Format.PERCENT)
SIZE = MetricDefinition("size", "File size", Direction.LOWER, Format.BYTES, group=Group.EFFICIENCY)
LOSS = MetricDefinition("loss", "Loss", Direction.LOWER, unit="nats")
EPOCHS = MetricDefinition("epochs", "Epochs", Direction.NEITHER)
METRICS = [EPOCHS, ACCURACY, SIZE]
SPECS = {
    name: TechniqueSpec(name, label, "", "", "1", (), Storage.STORED)
    for name, label in (("prune", "Pruning"), ("tune", "Fine-tuning"), ("int8", "int8"))
}
BASE = model(1, metrics={"accuracy": 0.92, "size": 1e6}, name="base")


def made(number: int, parent: Model, step: Step, accuracy: float, size: float = 1e6, **more: object) -> Model:
    return model(number, parent, step, metrics={"accuracy": accuracy, "size": size}, **more)


def prune(sparsity: float) -> Step:
    return Step("prune", {"sparsity": sparsity})


def said(models: list[Model], *ids: int, metrics: list[MetricDefinition] = METRICS) -> str:
    differences = what_differs(models, ids, SPECS)
    return summary_from(Evidence.of(differences, models, SPECS), metrics, ["accuracy", "size"]).text


def test_a_step_costs_and_saves() -> None:
    models = [BASE, made(2, BASE, Step("int8"), 0.918, 2.5e5)]
    assert said(models, 1, 2) == "Int8 keeps top-1 accuracy within 0.2 points and saves 75 % of file size."


def test_a_step_brings_back_what_was_lost_at_each_value() -> None:
    weak, strong = made(2, BASE, prune(0.8), 0.60), made(3, BASE, prune(0.9), 0.30)
    models = [BASE, weak, strong, made(4, weak, Step("tune"), 0.88), made(5, strong, Step("tune"), 0.85)]
    expected = (
        "Fine-tuning brings back 28 of 32 points of top-1 accuracy at sparsity 0.8 and 55 of 62 at 0.9."
    )
    assert said(models, 2, 3, 4, 5) == expected


def test_a_step_brings_back_part_of_what_was_lost() -> None:
    pruned = made(2, BASE, prune(0.9), 0.11)
    models = [BASE, pruned, made(3, pruned, Step("tune"), 0.58)]
    expected = "Fine-tuning brings back 47 of 81 points of top-1 accuracy and leaves file size as it is."
    assert said(models, 2, 3) == expected


def test_what_else_changes_with_a_step_is_not_kept_quiet() -> None:
    tuned = made(3, made(2, BASE, prune(0.5), 0.5), Step("tune"), 0.9)
    models = [BASE, model(2, BASE, prune(0.5)), tuned]
    assert said(models, 1, 3).startswith("Pruning 0.5 followed by fine-tuning costs 2 points")


def test_of_many_added_steps_the_first_are_named() -> None:
    models = [BASE]
    for number in range(2, 42):
        models.append(made(number, models[-1], prune(number / 100), 0.92 - number / 100))
    assert said(models, 1, 41) == (
        "Pruning 0.02 followed by pruning 0.03 followed by pruning 0.04 and 37 more steps costs 41 points of "
        "top-1 accuracy and leaves file size as it is."
    )


def test_a_teacher_is_no_company_of_the_step_that_it_teaches() -> None:
    distilled = replace(made(2, BASE, Step("distill"), 0.9), teacher_id=BASE.id)
    assert "together" not in said([BASE, distilled], 1, 2)


def test_a_trend_says_how_far_it_holds() -> None:
    models = [
        BASE,
        *(
            made(n, BASE, prune(n / 10), a, s)
            for n, a, s in ((3, 0.92, 8e5), (5, 0.915, 6e5), (9, 0.50, 2e5))
        ),
    ]
    expected = "Top-1 accuracy holds up to sparsity 0.5 and falls 42 points by 0.9; file size falls by 75 %."
    assert said(models, 3, 5, 9) == expected


def test_a_trend_from_the_base() -> None:
    models = [BASE, made(2, BASE, prune(0.5), 0.7), made(3, BASE, prune(0.9), 0.4)]
    assert said(models, 1, 2, 3).startswith("Top-1 accuracy falls 52 points from no pruning to sparsity 0.9")


def test_a_best_value_in_the_middle_is_found() -> None:
    models = [BASE, *(made(n, BASE, prune(n / 10), a) for n, a in ((3, 0.5), (5, 0.8), (9, 0.4)))]
    assert said(models, 3, 5, 9).startswith(
        "Top-1 accuracy is highest at sparsity 0.5 (80.0 %, against 50.0 % at 0.3 and 40.0 % at 0.9)"
    )


def test_one_choice_against_another() -> None:
    models = [
        BASE,
        *(
            made(n, BASE, Step("prune", {"method": m}), a, s)
            for n, m, a, s in ((2, "magnitude", 0.8, 4e5), (3, "random", 0.1, 5e5))
        ),
    ]
    expected = (
        "Method random instead of magnitude costs 70 points of top-1 accuracy and adds 25 % to file size."
    )
    assert said(models, 2, 3) == expected


def test_the_best_and_the_worst_of_several_choices() -> None:
    models = [
        BASE,
        *(
            made(n, BASE, Step("prune", {"method": m}), a)
            for n, m, a in ((2, "l1", 0.8), (3, "l2", 0.7), (4, "none", 0.1))
        ),
    ]
    expected = "Top-1 accuracy is best with method l1 (80.0 %) and worst with none (10.0 %)."
    assert said(models, 2, 3, 4) == expected


def test_where_two_variables_part_most() -> None:
    cells = {(0.3, "l1"): 0.9, (0.3, "l2"): 0.89, (0.9, "l1"): 0.7, (0.9, "l2"): 0.2}
    models = [BASE]
    for number, ((sparsity, method), accuracy) in enumerate(cells.items(), start=2):
        models.append(made(number, BASE, Step("prune", {"sparsity": sparsity, "method": method}), accuracy))
    assert said(models, 2, 3, 4, 5) == (
        "Sparsity (pruning) changes top-1 accuracy by up to 69 points: "
        "with method l2 it is 89.0 % at sparsity 0.3 and 20.0 % at 0.9."
    )


def test_a_step_that_does_little_does_not_hide_what_does_much() -> None:
    weak, strong = made(2, BASE, prune(0.3), 0.90), made(3, BASE, prune(0.9), 0.30)
    small = [made(4, weak, Step("int8"), 0.899), made(5, strong, Step("int8"), 0.27)]
    assert said([BASE, weak, strong, *small], 2, 3, 4, 5) == (
        "Sparsity (pruning) changes top-1 accuracy by up to 63 points: "
        "with int8 it is 89.9 % at sparsity 0.3 and 27.0 % at 0.9."
    )


def test_of_two_steps_the_one_that_does_more_is_told() -> None:
    pruned, coded = made(2, BASE, prune(0.5), 0.90), made(3, BASE, Step("int8"), 0.40)
    both = made(4, pruned, Step("int8"), 0.37)
    models = [BASE, pruned, coded, both]
    assert said(models, 1, 2, 3, 4) == (
        "Int8 costs 52 points of top-1 accuracy without pruning and 53 with pruning."
    )


def test_repeats_have_a_range() -> None:
    models = [BASE, *(made(n, BASE, Step("fit"), 0.5 + n / 100, seed=n) for n in (2, 3, 4))]
    expected = "These 3 models repeat one recipe: top-1 accuracy ranges from 52.0 % to 54.0 %."
    assert said(models, 2, 3, 4) == expected


def test_too_many_variables_still_name_the_best() -> None:
    models = forest(60, seed=1)
    definitions = [
        MetricDefinition("accuracy", "Accuracy", Direction.HIGHER, Format.PERCENT),
        MetricDefinition("size", "Size", Direction.LOWER, Format.BYTES, group=Group.EFFICIENCY),
    ]
    best = max((one for one in models if "accuracy" in one.metrics), key=lambda one: one.metrics["accuracy"])
    close = [one for one in models if one.metrics.get("accuracy", 0) >= best.metrics["accuracy"] - 0.01]
    text = said(models, *(one.id for one in models), metrics=definitions)
    assert len(close) == 2
    assert f", {best.name} has the best accuracy (92.7 %), not clearly ahead of 1 other (" in text
    assert text.startswith("Of these 60 models, which differ in ")


def test_a_metric_that_is_no_fraction_is_said_in_its_unit() -> None:
    models = [model(1, metrics={"loss": 0.5}), model(2, model(1), Step("int8"), metrics={"loss": 0.75})]
    assert said(models, 1, 2, metrics=[LOSS]) == "Int8 raises loss by 0.25 nats."


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ((), "Select models in the map or the plot to compare them."),
        ((1,), "base: top-1 accuracy 92.0 %, file size 1 MB."),
        ((2,), "model 2 has no figures yet."),
        ((2, 3), "None of these 2 models has figures yet."),
        ((4, 5), "These 2 models have no metric in common of which a direction is known to be better."),
    ],
)
def test_nothing_is_claimed_where_nothing_was_measured(ids: tuple[int, ...], expected: str) -> None:
    models = [
        BASE,
        *(model(n, BASE, prune(n / 10)) for n in (2, 3)),
        *(model(n, BASE, prune(n / 10), metrics={"epochs": n, "accuracy": math.nan}) for n in (4, 5)),
    ]
    assert said(models, *ids) == expected


def test_the_metrics_spoken_of_are_named() -> None:
    models = [BASE, made(2, BASE, Step("int8"), 0.9, 2.5e5)]
    found = summary_from(Evidence.of(what_differs(models, [1, 2]), models, {}), METRICS)
    assert found.metrics == ("accuracy", "size")


FOREST = forest(200, seed=8)
FIGURES = [
    MetricDefinition("accuracy", "Accuracy", Direction.HIGHER, Format.PERCENT),
    MetricDefinition("size", "Size", Direction.LOWER, Format.BYTES, group=Group.EFFICIENCY),
]


@given(st.lists(st.sampled_from([one.id for one in FOREST]), min_size=1, max_size=7, unique=True))
def test_every_selection_has_one_whole_sentence(ids: list[ModelId]) -> None:
    text = summary_from(Evidence.of(what_differs(FOREST, ids), FOREST, {}), FIGURES).text
    assert text == "" or text.endswith(".")
    assert "None " not in text.removeprefix("None of")
    assert not {"nan", "inf"} & set(text.replace(",", " ").split())

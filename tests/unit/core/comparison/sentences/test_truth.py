"""Every sentence holds against a check that recomputes it from the models, on random and on real studies."""

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.comparison.pairing import Numbers, Pairing, Rights, Scored
from core.comparison.sentences.census import census
from core.comparison.sentences.evidence import Evidence
from core.comparison.sentences.summary import Summary, summary_from
from core.comparison.sentences.trade_off import Aims, best_trade_off
from core.comparison.sentences.words import written
from core.comparison.variables.variables import what_differs
from core.domain.ids import ModelId
from core.domain.model import Model
from core.domain.studies.origins import origins
from core.domain.studies.reading import read_study
from core.testing.projects.forests import model
from core.testing.sentences.checks import check_summary
from core.testing.sentences.drawing import drawn_selection, drawn_study
from core.testing.sentences.reading import check_words
from core.testing.sentences.situation import Situation
from core.testing.sentences.studies import Wanted, check_census, check_trade_off


def pairing_of(at: Situation) -> Pairing:
    return Pairing(
        {
            one: Scored(kept.mark, {name: scored(values) for name, values in kept.scores.items()})
            for one, kept in at.outcomes.items()
        }
    )


def scored(values: Sequence[float]) -> Rights | Numbers:
    numbers = np.array(values)
    return Rights.of(numbers == 1) if set(values) <= {0.0, 1.0} else Numbers(numbers)


def summary_of(at: Situation) -> Summary:
    differences = what_differs(at.models, at.ids, at.specs)
    evidence = Evidence.of(differences, at.models, at.specs, pairing_of(at))
    return summary_from(evidence, at.metrics, [metric.name for metric in at.metrics])


def hold(seed: int) -> str:
    """Draw a study and a selection, check the sentence, and return the kind of its statement."""
    rng = random.Random(seed)
    at = drawn_selection(rng, drawn_study(rng))
    found = summary_of(at)
    try:
        check_summary(at, found)
    except AssertionError as error:
        raise AssertionError(f"seed {seed}, models {at.ids}: {found.text}\n{found.statement}") from error
    return found.statement.kind if found.statement else "silence"


@given(st.integers(0, 2**32))
def test_sentences_of_random_selections_are_true(seed: int) -> None:
    hold(seed)


def test_random_selections_bring_out_every_kind_of_sentence() -> None:
    kinds = Counter(hold(seed) for seed in range(400))
    assert kinds.keys() >= {"contrast", "effects", "trend", "spread", "best_of", "single", "silence"}


@pytest.mark.slow
def test_ten_thousand_random_selections_have_true_sentences() -> None:
    kinds = Counter(hold(seed) for seed in range(10_000))
    assert len(kinds) >= 9, kinds


@given(st.integers(0, 2**32), st.sampled_from([0.0, 0.01, 0.05]), st.booleans())
def test_the_sentence_of_a_random_study_is_true(seed: int, loss: float, budgeted: bool) -> None:
    at = drawn_study(random.Random(seed))
    quality, cost = at.metrics
    values = [at.value(quality, one) for one in at.measured(quality, [each.id for each in at.models])]
    budgets = {quality.name: values[0]} if budgeted and values else {}
    wanted = Wanted(quality, cost, budgets, loss)
    aims, pairing = Aims(quality, cost, budgets, loss), pairing_of(at)
    found = best_trade_off(at.models, aims, lambda one: one.name, lambda _: pairing)
    check_trade_off(at, found, wanted)
    if found is not None:
        check_words(at, found, written(found))
    counted = census(at.models)
    check_census(at, counted)


def imported(file: Path) -> Situation:
    """Return a study from a file as its import makes it."""
    study = read_study(file.read_bytes(), file.name)
    found = origins(study.models)
    numbers = {one.id: number for number, one in enumerate(study.models, 1)}
    models: list[Model] = [
        model(
            numbers[one.id],
            step=one.step,
            origin=found[one.id],
            name=one.id,
            metrics=one.metrics,
            parent_id=ModelId(numbers[one.parent]) if one.parent is not None else None,
        )
        for one in study.models
    ]
    return Situation(models, (), study.metrics)


def study_files(data_folder: Path) -> list[Path]:
    files = sorted((data_folder / "studies").glob("*.json"))
    if not files:
        pytest.skip(f"there are no studies in {data_folder / 'studies'}")
    return files


def hold_study(at: Situation, selections: int) -> Counter[str]:
    rng, kinds = random.Random(9), Counter[str]()
    for _ in range(selections):
        chosen = drawn_selection(rng, at)
        found = summary_of(chosen)
        try:
            check_summary(chosen, found)
        except AssertionError as error:
            raise AssertionError(f"models {chosen.ids}: {found.text}\n{found.statement}") from error
        kinds[found.statement.kind if found.statement else "silence"] += 1
    return kinds


def test_sentences_of_real_studies_are_true(data_folder: Path) -> None:
    for file in study_files(data_folder):
        assert hold_study(imported(file), 60)["contrast"]


@pytest.mark.slow
def test_ten_thousand_selections_of_real_studies_have_true_sentences(data_folder: Path) -> None:
    files = study_files(data_folder)
    for file in files:
        assert hold_study(imported(file), 10_000 // len(files))["contrast"]


@pytest.mark.slow
def test_every_pair_of_models_of_real_studies_has_a_true_sentence(data_folder: Path) -> None:
    for file in study_files(data_folder):
        at = imported(file)
        for one in at.models:
            for other in at.models:
                if one.id < other.id:
                    chosen = Situation(at.models, (one.id, other.id), at.metrics)
                    check_summary(chosen, summary_of(chosen))

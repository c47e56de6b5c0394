"""Instances whose right answer is not known: nobody is right or wrong about them, and nothing fails."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.special import log_softmax
from sklearn.metrics import f1_score
from torchmetrics.functional.audio import signal_noise_ratio
from torchmetrics.functional.image import peak_signal_noise_ratio

from core.comparison.behaviour.confusion import confusion
from core.comparison.behaviour.divergence import divergence
from core.comparison.behaviour.overall import compare
from core.comparison.behaviour.predictions import Grouping, Predictions, Split
from core.comparison.behaviour.tables import FOUND, table_of
from core.comparison.metrics.formulas import formula

LABELS = np.array([0, 1, -1, 1, 0, -1, 1, 0] * 50)
BEFORE = np.array([0, 1, 1, 1, 0, -1, 1, 0] * 50)  # right wherever the label is known
AFTER = np.array([0, 1, 0, 0, 0, -1, 1, 0] * 50)  # one of six known ones is wrong
KNOWN = LABELS >= 0


def predictions(given: np.ndarray) -> Predictions:
    logs = np.full((len(given), 2), np.log(0.1))
    logs[np.arange(len(given)), np.maximum(given, 0)] = np.log(0.9)
    return Predictions(given, (given == LABELS) & KNOWN, logs, confidence=np.full(len(given), 0.9))


def split() -> Split:
    column = Grouping("class", ("a", "b"), LABELS).among(KNOWN)
    return Split(LABELS, ("a", "b"), {"class": column})


def test_shares_are_of_the_instances_with_an_answer():
    found = compare(split(), predictions(BEFORE), [predictions(AFTER)])
    assert found.baseline_share == 1.0
    assert found.models[0].share == pytest.approx(5 / 6)
    assert found.models[0].change.value == pytest.approx(-1 / 6)
    assert found.models[0].change.instances == 300
    assert found.models[0].flips.regressions == 50
    assert found.models[0].flips.agreement == pytest.approx(6 / 8)
    assert found.models[0].calibration.error == pytest.approx(0.9 - 5 / 6)
    rows = {row.group: row for row in found.tables["class"]}
    assert (rows["a"].instances, rows["b"].instances) == (150, 150)
    assert rows["b"].cells[0].share == pytest.approx(2 / 3)
    assert found.harm.group == "b"


def test_the_calibration_error_is_the_evaluated_one_where_it_is_of_the_same_instances():
    def evaluated(given: np.ndarray) -> Predictions:
        return replace(predictions(given), calibration_error=0.0699)

    whole = Split(np.abs(LABELS), ("a", "b"))
    assert compare(whole, evaluated(BEFORE), [evaluated(AFTER)]).models[0].calibration.error == 0.0699
    some = compare(split(), evaluated(BEFORE), [evaluated(AFTER)]).models[0].calibration
    assert some.error == pytest.approx(0.9 - 5 / 6)


def test_groups_are_found_among_the_instances_with_an_answer():
    table = table_of(split(), predictions(BEFORE), [predictions(AFTER)], (FOUND, ""))
    assert [(row.group, row.instances) for row in table.rows] == [("class b", 150)]
    assert table.comparisons > 0


def test_metrics_are_of_the_instances_with_an_answer():
    outcomes = {
        "label": LABELS,
        "prediction": AFTER,
        "log_probabilities": predictions(AFTER).log_probabilities,
    }
    assert formula("top1", outcomes, 2).measure.total() == pytest.approx(5 / 6)
    wanted = f1_score(LABELS[KNOWN], AFTER[KNOWN], average="macro")
    assert formula("macro_f1", outcomes, 2).measure.total() == pytest.approx(wanted)
    loss = -(5 * np.log(0.9) + np.log(0.1)) / 6
    assert formula("loss", outcomes, 2).measure.total() == pytest.approx(loss)


def test_an_unknown_class_is_in_no_confusion():
    assert confusion(LABELS, AFTER, 2).tolist() == [[150, 0], [50, 100]]


def test_without_any_label_predictions_and_outputs_are_compared():
    unknown = np.full(len(LABELS), -1)
    logits = np.random.default_rng(0).normal(0, 3, (len(LABELS), 2))
    after = logits + np.random.default_rng(1).normal(0, 0.1, logits.shape)
    models = [
        Predictions(each.argmax(axis=1), np.zeros(len(LABELS), bool), log_softmax(each, axis=1))
        for each in (logits, after)
    ]
    found = compare(Split(unknown, ("a", "b")), models[0], models[1:])
    assert np.isnan(found.baseline_share)
    assert (found.tables, found.harm, found.models[0].calibration) == ({}, None, None)
    assert found.models[0].flips.agreement == np.mean(models[0].prediction == models[1].prediction)
    signal, output = (torch.tensor(each - each.mean(axis=1, keepdims=True)) for each in (logits, after))
    spread = divergence(models[0].log_probabilities, models[1].log_probabilities)
    snr = signal_noise_ratio(output.flatten(), signal.flatten())
    assert spread.snr_db == pytest.approx(float(snr), abs=1e-4)
    psnr = peak_signal_noise_ratio(output, signal, data_range=float(signal.max() - signal.min()))
    assert spread.psnr_db == pytest.approx(float(psnr), abs=1e-4)

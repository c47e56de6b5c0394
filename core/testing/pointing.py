"""A small model that answers trip questions by pointing at a word, trained and pruned for real."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from core.data.base import Split
from core.data.sources.trips import Trips, TripsParams
from core.data.text.texts import TextDataset

RARE, RARITY = "why", 20
"""Type of question of which training sees only about every 20th."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Pointing:
    """Scores each word of a report by the word before it and the word that asks.

    weights: one per pair of such words, all pairs that training saw.
    """

    pairs: dict[tuple[str, str], int]
    weights: Floats

    def answers(self, texts: Sequence[str]) -> tuple[list[str], list[Floats]]:
        """Return the most probable word of each text, and the log-probability of every word of its report."""
        written, spread = [], []
        for text in texts:
            words, befores, asked = _split(text)
            scores = np.array([self._score(before, asked) for before in befores])
            spread.append(scores - np.logaddexp.reduce(scores))
            written.append(words[int(scores.argmax())])
        return written, spread

    def pruned(self, sparsity: float) -> Pointing:
        """Return the model without so large a share of its smallest weights."""
        least = np.quantile(np.abs(self.weights), sparsity)
        return Pointing(self.pairs, np.where(np.abs(self.weights) > least, self.weights, 0.0))

    def _score(self, before: str, asked: str) -> float:
        place = self.pairs.get((before, asked))
        return 0.0 if place is None else float(self.weights[place])


def trip_questions(split: Split, *, questions: int) -> TextDataset:
    """Return so many trip questions."""
    return Trips().load(TripsParams(train_size=1400, test_size=questions), split)


def trained() -> Pointing:
    """Return a model trained on 1,400 questions, without most of those that ask why."""
    data = trip_questions(Split.TRAIN, questions=700)
    rows: list[tuple[str, str]] = []
    right: list[bool] = []
    for place, (text, (answer,)) in enumerate(zip(data.texts, data.answers, strict=True)):
        if data.slices["question"][place] == RARE and place % RARITY:
            continue
        words, befores, asked = _split(text)
        rows += [(before, asked) for before in befores]
        right += [word == answer for word in words]
    pairs = {pair: place for place, pair in enumerate(dict.fromkeys(rows))}
    features = np.zeros((len(rows), len(pairs)))
    features[np.arange(len(rows)), [pairs[row] for row in rows]] = 1
    found = LogisticRegression(C=10, max_iter=300).fit(features, right)
    return Pointing(pairs, found.coef_[0])


def _split(text: str) -> tuple[list[str], list[str], str]:
    """Return the words of a report, the word before each, and the word that asks."""
    report, _, question = text.rpartition(" . ")
    words = report.split()
    return words, ["", *words[:-1]], question.split()[0]

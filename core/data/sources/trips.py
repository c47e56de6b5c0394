"""Synthetic questions about trips: a sentence that reports a trip, and a question of one of seven types.

Nothing is downloaded, and the right answer is always known. Most details of a trip come in random order, so
that a model must find the word that a question is about instead of remembering a place. After the tasks of
J. Weston et al., "Towards AI-Complete Question Answering", ICLR 2016.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from pydantic import Field

from core.data.base import DataSource, Split, data_sources
from core.data.text.texts import TextDataset, unlabelled
from core.domain.parameter.inputs import Inputs
from core.parameters import Parameters

_PEOPLE = "anna bob carla david elena frank greta hugo irene jonas karin louis maria nils olga paul"
_CITIES = "athens berlin cairo dublin geneva lima london madrid oslo paris prague quito rome tokyo vienna"
_VEHICLES = "bike boat bus car plane train tram"
_DAYS = "monday tuesday wednesday thursday friday saturday sunday"
_REASONS = "business holidays research sports study training"

QUESTIONS = {
    "who": "who ?",
    "where to": "to ?",
    "where from": "from ?",
    "how": "by ?",
    "with whom": "with ?",
    "when": "on ?",
    "why": "for ?",
}
"""Type of question to its words; the types are slices of the data."""

_IN_ANY_ORDER = ("how", "with whom", "when", "why")


class TripsParams(Parameters):
    """How many questions."""

    train_size: int = Field(
        6000, title="Training questions", ge=7, le=1_000_000, description="To learn from."
    )
    test_size: int = Field(1400, title="Test questions", ge=7, le=10**6, description="To evaluate on.")
    seed: int = Field(0, title="Seed", ge=0, description="Decides which trips are made up.")


@data_sources.register("trips")
class Trips(DataSource[TripsParams]):
    """As many questions of each type; training and test trips are different ones."""

    label = "Trip questions (synthetic)"
    inputs = Inputs.TEXTS
    Params = TripsParams

    def load(self, params: TripsParams, split: Split) -> TextDataset:
        """Return the questions of a split with one right answer each."""
        count = params.train_size + params.test_size
        made = list(_made(params.seed, count))
        chosen = made[: params.test_size] if split is Split.TEST else made[params.test_size :]
        texts, answers, kinds = zip(*chosen, strict=True)
        return TextDataset(
            texts=texts,
            ids=tuple(f"trip-{split}-{number:05d}" for number in range(len(chosen))),
            labels=unlabelled(len(chosen)),
            answers=tuple((answer,) for answer in answers),
            slices={"question": kinds},
        )


def vocabulary() -> str:
    """Return every word of reports, questions and answers, in alphabetic order, separated by spaces."""
    texts = (_PEOPLE, _CITIES, _VEHICLES, _DAYS, _REASONS, *QUESTIONS.values(), "went .")
    words = {word for text in texts for word in text.split()}
    return " ".join(sorted(words))


def _made(seed: int, count: int) -> Iterator[tuple[str, str, str]]:
    """Yield `count` different texts, with their answer and type, types in turn."""
    chance = random.Random(seed)  # noqa: S311  (made-up trips are no secret)
    seen: set[str] = set()
    while len(seen) < count:
        trip = _trip(chance)
        kind = list(QUESTIONS)[len(seen) % len(QUESTIONS)]
        text = f"{_report(trip, chance)} {QUESTIONS[kind]}"
        if text not in seen:
            seen.add(text)
            yield text, trip[kind], kind


def _trip(chance: random.Random) -> dict[str, str]:
    who, companion = chance.sample(_PEOPLE.split(), 2)
    origin, destination = chance.sample(_CITIES.split(), 2)
    return {
        "who": who,
        "where to": destination,
        "where from": origin,
        "how": chance.choice(_VEHICLES.split()),
        "with whom": companion,
        "when": chance.choice(_DAYS.split()),
        "why": chance.choice(_REASONS.split()),
    }


def _report(trip: dict[str, str], chance: random.Random) -> str:
    details = [f"{QUESTIONS[kind].removesuffix(' ?')} {trip[kind]}" for kind in _IN_ANY_ORDER]
    chance.shuffle(details)
    return f"{trip['who']} went from {trip['where from']} to {trip['where to']} {' '.join(details)} ."

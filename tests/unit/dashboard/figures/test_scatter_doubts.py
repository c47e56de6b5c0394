"""A plot of times says what makes them doubtful, and of how many models; one of other metrics does not."""

from dataclasses import replace

from core.testing.laboratory import ACCURACY, LATENCY, SIZE
from core.testing.projects.forests import model
from dashboard.figures.scatter.scatter import ScatterAxes, scatter_points
from dashboard.figures.scatter.scatter_words import scatter_note

VALUES = {"top1": 0.9, "latency_ms": 1.0, "file_bytes": 5.0}
PLAIN = [model(number, metrics=VALUES) for number in (1, 2, 3)]
BUSY, SIMULATED = "timed on a busy machine", "simulated arithmetic"
SITTINGS = "Latency: differences below 25 % may be chance."
DOUBTFUL = [
    replace(PLAIN[0], caveats={"latency_ms": (BUSY, SIMULATED)}),
    replace(PLAIN[1], caveats={"latency_ms": (BUSY,)}),
    PLAIN[2],
]


def note(models, x):
    axes = ScatterAxes(x, ACCURACY)
    return scatter_note(scatter_points(models, axes), axes)


def test_doubts_are_counted_by_what_they_are():
    assert note(DOUBTFUL, LATENCY) == (
        f"Latency of 2 models: {BUSY}, compare with care. "
        f"Latency of 1 model: {SIMULATED}, compare with care. {SITTINGS}"
    )


def test_times_are_doubted_for_their_sitting_and_nothing_else_without_reason():
    assert note(PLAIN, LATENCY) == SITTINGS
    assert note(DOUBTFUL, SIZE) == ""

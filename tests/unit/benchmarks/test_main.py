"""The benchmark command finds every figure, names near matches, and prints what it promises."""

import json

import pytest

from benchmarks import __main__ as command
from benchmarks.yardstick import python_ms
from core.errors import Unavailable, UnknownName

FIGURES = {
    "queue.overhead_s.embedded": lambda: {
        "value": 0.1,
        "unit": "s",
        "baseline": 0.2,
        "ratio": 0.5,
        "runs": 9,
    },
    "queue.overhead_s.celery": lambda: {
        "value": 0.2,
        "unit": "s",
        "baseline": None,
        "ratio": None,
        "runs": 9,
    },
    "prune.ratio": lambda: {"value": 0.3, "unit": "1", "baseline": 1.0, "ratio": 0.3, "runs": 5},
}


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        ([], list(FIGURES)),
        (["prune.ratio"], ["prune.ratio"]),
        (["queue"], ["queue.overhead_s.embedded", "queue.overhead_s.celery"]),
        (["queue.overhead_s.celery", "prune"], ["queue.overhead_s.celery", "prune.ratio"]),
    ],
    ids=["all", "one", "group", "several"],
)
def test_figures_are_chosen_by_name_or_group(names: list[str], chosen: list[str]) -> None:
    assert list(command.choose(FIGURES, names)) == chosen


def test_half_a_word_is_no_group() -> None:
    with pytest.raises(UnknownName, match=r"Did you mean prune\.ratio"):
        command.choose(FIGURES, ["prune.rat"])


def test_line_has_the_promised_keys(capsys: pytest.CaptureFixture[str]) -> None:
    times = iter((100.0, 120.0))
    assert command.report("prune.ratio", FIGURES["prune.ratio"], {"python": lambda: next(times)}) == 0
    line = json.loads(capsys.readouterr().out)
    assert list(line) == ["figure", "value", "unit", "baseline", "ratio", "runs", "yardstick_ms", "machine"]
    assert line["yardstick_ms"] == {"python": [100.0, 120.0]}
    assert (line["figure"], line["value"]) == ("prune.ratio", 0.3)
    assert line["machine"]["cores"] >= 1


def test_figure_that_cannot_be_measured_is_told_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    def unmeasurable() -> dict[str, object]:
        raise Unavailable("There is no broker.", "Start one.")

    assert command.report("queue.x", unmeasurable, {}) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "queue.x: There is no broker. Start one.\n"


def test_unknown_figure_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["no.such.figure"]) == 2
    assert "There is no figure named 'no.such.figure'" in capsys.readouterr().err


def test_figures_of_pages_have_a_yardstick_in_the_browser_as_well() -> None:
    visual = command.in_browser()
    assert {"start.first_model_s", "overview.first_paint_map_s", "overview.open_s.65"} <= visual
    assert "start.page_s" not in visual
    assert visual <= command.discover().keys()
    assert list(command.yardsticks(True)) == ["python", "browser"]
    assert list(command.yardsticks(False)) == ["python"]


def test_yardstick_in_python_takes_measurable_time() -> None:
    assert 1.0 < python_ms() < 60_000.0


def test_real_figures_are_found_without_measuring() -> None:
    figures = command.discover()
    assert all(callable(measure) for measure in figures.values())
    assert all(name == name.lower() and "." in name for name in figures)

"""The legend says what colours and sizes mean where they differ, and what the colours leave out."""

from dataclasses import replace

from core.testing.laboratory import ACCURACY, SIZE
from core.testing.projects.forests import model
from dashboard.figures.encoding import VisualEncoding
from dashboard.figures.kinds import Kinds
from dashboard.theme import LIGHT
from dashboard.views.overview.map.legend import legend


def written(*values):
    shown = [model(n, metrics={"top1": value}) for n, value in enumerate(values, start=1)]
    return str(legend(VisualEncoding.of(shown, theme=LIGHT, colour=ACCURACY, size=None), shown))


def test_an_outlier_is_counted_and_the_end_of_the_scale_says_that_there_is_more():
    said = written(0.10, 0.90, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97)
    assert "\N{LESS-THAN OR EQUAL TO} 90.0 %" in said
    assert "outlier: 1" in said
    assert "10.0 %" in said


def test_nothing_is_said_of_outliers_where_there_are_none():
    said = written(0.90, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97)
    assert "outlier" not in said
    assert "\N{LESS-THAN OR EQUAL TO}" not in said


def test_a_colour_that_all_models_have_needs_no_legend():
    assert "ov-legend-bar" in written(0.90, 0.91)
    for alike in ((0.90, 0.90), (0.90001, 0.90002), (0.90,)):
        assert "ov-legend-bar" not in written(*alike)
        assert "90.0 %" not in written(*alike)


def test_a_size_that_all_models_have_needs_no_legend():
    for sizes, count in (((1000.0, 2000.0), 1), ((1000.0, 1000.0), 0)):
        shown = [model(n, metrics={"file_bytes": size}) for n, size in enumerate(sizes, start=1)]
        encoding = VisualEncoding.of(shown, theme=LIGHT, colour=None, size=SIZE)
        assert str(legend(encoding, shown)).count("ov-legend-dots") == count


def test_a_single_kind_needs_no_legend():
    shown = [model(1), model(2)]
    encoding = VisualEncoding.of(shown, theme=LIGHT, colour=None, size=None)
    for names, count in (({1: "first", 2: "second"}, 2), ({1: "first", 2: "first"}, 0)):
        kinds = Kinds.over(shown, "Experiment", names, LIGHT)
        assert str(legend(replace(encoding, kinds=kinds), shown)).count("ov-legend-kind'") == count

"""The legend says what the colours leave out."""

from core.testing.forests import model
from core.testing.laboratory import ACCURACY
from dashboard.figures.encoding import Encoding
from dashboard.theme import LIGHT
from dashboard.views.overview.legend import legend


def written(*values):
    shown = [model(n, metrics={"top1": value}) for n, value in enumerate(values, start=1)]
    return str(legend(Encoding.of(shown, theme=LIGHT, colour=ACCURACY, size=None), shown))


def test_an_outlier_is_counted_and_the_end_of_the_scale_says_that_there_is_more():
    said = written(0.10, 0.90, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97)
    assert "\N{LESS-THAN OR EQUAL TO} 90.0 %" in said
    assert "outlier: 1" in said
    assert "10.0 %" in said


def test_nothing_is_said_of_outliers_where_there_are_none():
    said = written(0.90, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97)
    assert "outlier" not in said
    assert "\N{LESS-THAN OR EQUAL TO}" not in said

"""Mean and range over seeds on the card of a model that was made with several."""

from core.domain.recipe import Step
from core.testing.laboratory import ACCURACY, SIZE
from core.testing.projects.forests import model
from dashboard.views.overview.details.seed_spread import seed_spread

CALIBRATE = Step("calibrate-batch-norm", {"samples": 1024})
BASE = model(1, metrics={"top1": 0.9, "file_bytes": 1e6})
MADE = [
    model(2 + seed, BASE, CALIBRATE, seed=seed, metrics={"top1": value, "file_bytes": 1e6})
    for seed, value in enumerate((0.862, 0.876, 0.868))
]


def words(component):
    children = getattr(component, "children", component)
    parts = children if isinstance(children, list) else [children]
    return [word for part in parts for word in (words(part) if hasattr(part, "children") else [str(part)])]


def test_mean_and_range_of_what_differs_are_shown():
    heading, table = seed_spread(MADE[0], [BASE, *MADE], [ACCURACY, SIZE])
    assert words(heading) == ["Over seeds"]
    assert words(table) == [
        "Metric",
        "Mean",
        "Range",
        "Seeds",
        ACCURACY.label,
        "86.9 % \N{PLUS-MINUS SIGN} 1.7 pts",  # 4.303 times 0.702 over the root of 3
        "86.2 % to 87.6 %",
        "3",
    ]


def test_nothing_is_shown_of_a_recipe_with_one_seed():
    assert seed_spread(BASE, [BASE, *MADE], [ACCURACY]) == []
    assert seed_spread(MADE[0], [BASE, MADE[0]], [ACCURACY]) == []

"""Problems of a form find their input."""

from core.errors import Problem
from dashboard.views.models.form_problems import Placed, placed, values_of

WHERE = Placed(inputs=("name", "seed"), forms={"parameters": ["width", "depth"], "training": ["epochs"]})


def test_problems_are_placed_and_joined():
    problems = [
        Problem("name", "Empty.", "Give one."),
        Problem("name", "Odd."),
        Problem("name", "Odd."),
        Problem("parameters.depth", "Too deep."),
        Problem("training.epochs", "None."),
        Problem("queue", "No such queue."),
    ]
    texts = placed(problems, WHERE)
    assert texts.inputs == {"name": "Empty. Give one. Odd.", "seed": None}
    assert texts.forms == {"parameters": [None, "Too deep."], "training": ["None."]}
    assert texts.rest == "No such queue."


def test_without_problems_every_input_is_cleared():
    texts = placed([], WHERE)
    assert texts.inputs == {"name": None, "seed": None}
    assert texts.forms == {"parameters": [None, None], "training": [None]}
    assert texts.rest == ""


def test_values_are_named_by_their_ids():
    ids = [{"type": "x", "name": "width"}, {"type": "x", "name": "depth"}]
    assert values_of(ids, ["1", None]) == {"width": "1", "depth": None}

"""Parameters: every wrong field is named, with near matches for unknown ones."""

from __future__ import annotations

import pytest
from pydantic import Field

from core.errors import InvalidInput
from core.parameters import Parameters, parse


class Example(Parameters):
    """Two numbers and a list."""

    sparsity: float = Field(0.5, ge=0, lt=1)
    bits: int = Field(ge=2, le=8)
    layers: list[int] = Field([], max_length=2)


def test_values_are_taken_and_defaults_filled_in() -> None:
    assert parse(Example, {"bits": 4}).model_dump() == {"sparsity": 0.5, "bits": 4, "layers": []}


def test_all_problems_are_reported_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(Example, {"sparsity": 1.5, "sparsty": 1, "layers": ["x"]}, path="steps.0")
    found = {problem.field: problem.message for problem in caught.value.problems}
    assert set(found) == {"steps.0.sparsity", "steps.0.bits", "steps.0.layers.0", "steps.0.sparsty"}
    assert found["steps.0.sparsity"] == "sparsity is 1.5: input should be less than 1."
    assert found["steps.0.bits"] == "The parameter 'bits' is missing."
    assert "Did you mean sparsity" in caught.value.hint


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "many", None, True])
def test_values_that_are_no_numbers_are_refused(value: object) -> None:
    with pytest.raises(InvalidInput, match="bits is"):
        parse(Example, {"bits": value})

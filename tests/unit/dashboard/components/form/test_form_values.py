"""One value, a list or a range: what is entered becomes typed values or a clear problem."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from dashboard.components.form.form_fields import Choice, Field, FieldKind
from dashboard.components.form.form_values import MOST_VALUES, initial, parse, write

NUMBER = Field("sparsity", "Sparsity", FieldKind.NUMBER, default=0.5)
INTEGER = Field("bits", "Bits", FieldKind.INTEGER, required=True)
NULLABLE = Field("group", "Group size", FieldKind.INTEGER, nullable=True)
CHOICE = Field(
    "scope",
    "Scope",
    FieldKind.CHOICE,
    default="layer",
    choices=(Choice("global", "global"), Choice("layer", "layer")),
)
FLAG = Field(
    "bias", "Bias", FieldKind.FLAG, required=True, choices=(Choice(True, "yes"), Choice(False, "no"))
)
TEXT = Field("pattern", "Pattern", FieldKind.TEXT)
ITEMS = Field("layers", "Layers", FieldKind.ITEMS, default=[1, 2])


@pytest.mark.parametrize(
    ("field", "entered", "values"),
    [
        (NUMBER, "0.5", (0.5,)),
        (NUMBER, "0.3, 0.5", (0.3, 0.5)),
        (NUMBER, " 0.3 ,, 0.5 ,", (0.3, 0.5)),
        (NUMBER, "0.1..0.9 step 0.2", (0.1, 0.3, 0.5, 0.7, 0.9)),
        (NUMBER, "0.1 .. 0.35 STEP 0.1", (0.1, 0.2, 0.3)),
        (NUMBER, ".1..0.3 step .1", (0.1, 0.2, 0.3)),
        (NUMBER, "0.5..0.3 step 0.1", (0.5, 0.4, 0.3)),
        (NUMBER, "0.95, 0.1..0.2 step 0.1", (0.95, 0.1, 0.2)),
        (NUMBER, "30%, 50 %", (0.3, 0.5)),
        (NUMBER, "1e-3", (0.001,)),
        (NUMBER, "-1..1 step 1", (-1.0, 0.0, 1.0)),
        (NUMBER, "0.5, 0.50, 5e-1", (0.5,)),
        (NUMBER, "", ()),
        (NUMBER, None, ()),
        (INTEGER, "2..8 step 2", (2, 4, 6, 8)),
        (INTEGER, "2..5", (2, 3, 4, 5)),
        (INTEGER, "4.0", (4,)),
        (NULLABLE, "none, 64", (None, 64)),
        (CHOICE, ['"global"', '"layer"'], ("global", "layer")),
        (CHOICE, '"global"', ("global",)),
        (CHOICE, [], ()),
        (FLAG, ["true", "false"], (True, False)),
        (TEXT, "conv, stem", ("conv", "stem")),
        (ITEMS, "[1, 2]; [3]", ([1, 2], [3])),
    ],
)  # fmt: skip
def test_entries_become_values(field: Field, entered: Any, values: tuple[Any, ...]) -> None:
    parsed = parse(field, entered)
    assert parsed == values
    assert [type(value) for value in parsed] == [type(value) for value in values]


@pytest.mark.parametrize("entered", ["9" * 10_000, "x" * 10_000], ids=["digits", "letters"])
@pytest.mark.parametrize("field", [NUMBER, INTEGER, ITEMS], ids=["number", "integer", "items"])
def test_a_long_entry_is_quoted_in_short(field: Field, entered: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(field, entered)
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    ("field", "entered", "said"),
    [
        (NUMBER, "half", "'half' is not a number"),
        (NUMBER, "nan", "nan is not a usable number"),
        (NUMBER, "1e999", "not a usable number"),
        (NUMBER, "0.1..0.9", "has no step"),
        (NUMBER, "0..1 step 0", "never ends"),
        (NUMBER, "0..1 step 0.00001", "100,001 values"),
        (NUMBER, "0..1e200 step 1e-200", "more than a billion values"),
        (INTEGER, "2.5", "2.5 is not a whole number"),
        (INTEGER, "", "Bits needs a value"),
        (INTEGER, "none", "'none' is not a number"),
        (CHOICE, ['"row"'], 'Scope cannot be "row"'),
        (FLAG, [], "Bias needs a value"),
        (ITEMS, "[1, 2", "'[1, 2' cannot be read"),
    ],
)
def test_unusable_entries_say_which_value_and_what_to_do(field: Field, entered: Any, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(field, entered)
    (problem,) = caught.value.problems
    assert said in problem.message
    assert problem.field == field.name
    assert problem.hint


def test_every_unreadable_entry_is_reported_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(NUMBER, "a, 0.5, b")
    assert len(caught.value.problems) == 2


def test_many_ranges_together_are_limited() -> None:
    with pytest.raises(InvalidInput, match=f"{2 * MOST_VALUES:,} values"):
        parse(INTEGER, f"1..{MOST_VALUES}, {MOST_VALUES + 1}..{2 * MOST_VALUES}")


def test_a_fresh_input_holds_the_default() -> None:
    assert initial(NUMBER) == "0.5"
    assert initial(CHOICE) == ['"layer"']
    assert initial(ITEMS) == "[1, 2]"
    assert initial(NULLABLE) == "none"
    assert (initial(INTEGER), initial(FLAG)) == ("", [])


@given(
    st.lists(
        st.floats(allow_nan=False, allow_infinity=False, min_value=-1e200, max_value=1e200),
        max_size=20,
        unique=True,
    )
)
def test_numbers_written_read_back_exactly(values: list[float]) -> None:
    # -0.0 equals 0.0, and is written as it is
    assert sorted(parse(NUMBER, write(NUMBER, values))) == sorted(values)


@given(st.text(max_size=40))
def test_any_text_gives_values_or_a_clear_problem(text: str) -> None:
    for field in (NUMBER, INTEGER, NULLABLE, TEXT, ITEMS):
        try:
            parse(field, text)
        except InvalidInput as error:  # any other error fails the test
            problems = error.problems
        else:
            problems = ()
        assert all(problem.message and problem.hint for problem in problems)

"""Other values for some layers, as lines of text."""

from hypothesis import given
from hypothesis import strategies as st

from core.errors import Problem
from dashboard.views.new_experiment.entries.overrides import read, write

scalars = st.booleans() | st.integers() | st.floats(0, 1) | st.text("abc-", min_size=1) | st.just("4")
values = st.dictionaries(st.sampled_from(["bits", "scheme", "sparsity"]), scalars, min_size=1)


@given(st.lists(st.tuples(st.sampled_from(["^layer1", r"conv\\d", "a: b"]), values), max_size=3))
def test_lines_read_back_as_the_same(wanted: list[tuple[str, dict[str, object]]]) -> None:
    problems: list[Problem] = []
    assert read(write(wanted), "field", problems) == tuple(wanted)
    assert problems == []


def test_a_line_without_values_is_told_at_its_place() -> None:
    problems: list[Problem] = []
    found = read("^layer1: bits=4, scheme=symmetric\n\nlayer2", "rules.overrides", problems)
    assert found == (("^layer1", {"bits": 4, "scheme": "symmetric"}),)
    assert [(one.field, one.message) for one in problems] == [
        ("rules.overrides.1", "'layer2' is not a pattern with values.")
    ]

"""Addresses are read and written without loss."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.address import Address, parse

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", Address("overview")),
        (None, Address("overview")),
        ("/queue", Address("queue")),
        ("/p/digits", Address("overview", "digits")),
        ("/p/digits/queue", Address("queue", "digits")),
        ("/p/digits/no/such", Address("no/such", "digits")),
    ],
)
def test_paths_lead_to_views(path, expected):
    assert parse(path) == expected


@given(NAMES.filter(lambda name: name not in {".", ".."}), st.dictionaries(NAMES, NAMES, max_size=3))
def test_an_address_survives_being_written_and_read(project, state):
    address = Address("overview", project, state)
    path, _, query = address.href.partition("?")
    assert parse(path, f"?{query}") == address


def test_empty_state_is_left_out():
    assert Address("queue", state={"run": ""}).href == "/queue"

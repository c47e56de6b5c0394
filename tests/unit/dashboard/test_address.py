"""Addresses are read and written without loss."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.address import MOST_IDS, Address, parse, read_ids, write_ids

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


def test_what_is_too_long_for_a_request_stands_behind_the_hash():
    state = {"selected": write_ids(range(0, 6000, 2)), "x": "size"}
    path, _, rest = Address("overview", "digits", state).href.partition("?")
    query, _, fragment = rest.partition("#")
    assert (path, query) == ("/p/digits/overview", "x=size")
    assert parse(path, query, fragment).state == state


def test_empty_state_is_left_out():
    assert Address("queue", state={"run": ""}).href == "/queue"


def test_what_stands_behind_the_hash_is_state_too():
    state = parse("/p/digits/overview", "?x=size&y=top1", "#selected=1-3&x=old").state
    assert state == {"x": "size", "y": "top1", "selected": "1-3"}


@given(st.lists(st.integers(0, 10**18 - 1) | st.integers(0, 60)))
def test_ids_survive_being_written_and_read(ids):
    assert read_ids(write_ids(ids)) == tuple(sorted(set(ids)))


@pytest.mark.parametrize(
    ("ids", "written"),
    [([], ""), ([7], "7"), ([4, 3], "3.4"), ([*range(1, 41), 55, *range(60, 901)], "1-40.55.60-900")],
    ids=["none", "one", "two", "ranges"],
)
def test_ids_in_a_row_are_written_as_a_range(ids, written):
    assert write_ids(ids) == written


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("3.1.2.3", (3, 1, 2)),
        ("5-3.7", (7,)),
        ("-2.2-.1-2-3.\u00b2.x.8", (8,)),
        ("1-5.3-7", (1, 2, 3, 4, 5, 6, 7)),
        ("7,1-2,9", (7, 1, 2, 9)),
    ],
    ids=["as before", "backwards", "broken", "overlapping", "with commas"],
)
def test_ids_are_read_as_far_as_they_make_sense(text, ids):
    assert read_ids(text) == ids


def test_a_range_that_somebody_typed_cannot_fill_the_memory():
    assert len(read_ids("1-999999999999999999.5-9999999999")) == MOST_IDS

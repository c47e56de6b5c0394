"""Filters survive the address whatever their texts hold, and nonsense is left out."""

from hypothesis import given
from hypothesis import strategies as st

from core.comparison.behaviour.instance_filters import FilterKind, InstanceFilter, read_filters, write_filters

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.lists(st.builds(InstanceFilter, st.just(FilterKind.GROUP), st.tuples(TEXTS, TEXTS)), unique=True))
def test_every_text_comes_back(filters: list[InstanceFilter]):
    assert read_filters(write_filters(filters[:32])) == tuple(filters[:32])


def test_addresses_are_readable():
    filters = [
        InstanceFilter(FilterKind.GROUP, ("class", "cats, dogs: <b>")),
        InstanceFilter(FilterKind.FLIP, ("3", "regression")),
    ]
    assert write_filters(filters) == "group:class:cats%2C dogs%3A %3Cb%3E,flip:3:regression"


def test_what_is_no_filter_is_left_out():
    written = "group:class,flip:3:fix,flip:3:fix,nonsense:1,,exemplars:x,exemplars"
    assert read_filters(written) == (
        InstanceFilter(FilterKind.FLIP, ("3", "fix")),
        InstanceFilter(FilterKind.EXEMPLARS),
    )

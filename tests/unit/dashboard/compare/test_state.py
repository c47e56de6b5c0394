"""The Compare page's address: everything shown is in it, and nonsense falls back to the default."""

from dataclasses import replace

from core.comparison.behaviour.instance_filters import FilterKind, InstanceFilter
from dashboard.address import parse
from dashboard.views.compare.state import Mode, State, Tab, read_state

RARE = InstanceFilter(FilterKind.GROUP, ("class", "rare & small"))


def read(href: str) -> State:
    path, _, query = href.partition("?")
    return read_state(parse(path, query))


def test_every_part_comes_back():
    state = State(
        "digits", tuple(range(1, 40)), 4, Tab.METRICS, 16, "class", "sex", Mode.ERRORS, "-3", 3, True, (RARE,)
    )
    assert read(state.href) == state


def test_defaults_are_left_out():
    assert State("digits", (2, 3)).href == "/p/digits/compare?selected=2.3"


def test_nonsense_falls_back():
    found = read("/p/digits/compare?selected=2.x&baseline=no&tab=pictures&first=abc&mode=&chips=a:b")
    assert found == State("digits", (2,))


def test_a_page_beyond_the_models_is_the_last_one():
    assert read("/p/digits/compare?selected=1-20&first=9000").first == 16
    assert State("digits", tuple(range(1, 18)), first=16).without(3).first == 0


def test_a_filter_is_added_once_and_removed():
    state = State("digits", (2,)).filtered(RARE).filtered(RARE)
    assert state.chips == (RARE,)
    assert state.unfiltered(RARE) == replace(state, chips=())

"""A delta leads from any version of a document to any other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.testing.browser.live_tab import applied
from dashboard.live.difference import difference, sharing

_NAMES = st.sampled_from(["1", "2", "30", "nodes", "label", "set", "in", "gone"])
_LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3) | st.lists(st.integers(0, 3))
_DOCUMENTS = st.recursive(
    st.dictionaries(_NAMES, _LEAVES, max_size=5),
    lambda inner: st.dictionaries(_NAMES, _LEAVES | inner, max_size=5),
    max_leaves=25,
)


@given(_DOCUMENTS, _DOCUMENTS)
def test_a_delta_applied_to_the_old_document_is_the_new_one(before, after):
    assert applied(before, difference(before, after)) == after


@given(_DOCUMENTS)
def test_equal_documents_have_no_difference(document):
    assert difference(document, dict(document)) == {}


@given(_DOCUMENTS, _DOCUMENTS)
def test_sharing_changes_nothing(before, after):
    assert sharing(before, after) == after


def test_what_is_equal_is_kept_once():
    before = {"nodes": {"1": {"label": "a"}, "2": {"label": "b"}}}
    after = sharing(before, {"nodes": {"1": {"label": "a"}, "2": {"label": "c"}}})
    assert after["nodes"]["1"] is before["nodes"]["1"]
    assert after["nodes"]["2"] == {"label": "c"}


def test_only_what_changed_is_named():
    before = {"nodes": {"1": {"label": "a", "size": 9}, "2": {"label": "b"}, "3": {"label": "c"}}}
    after = {"nodes": {"1": {"label": "a", "size": 10}, "2": {"label": "b"}, "4": {"label": "d"}}}
    assert difference(before, after) == {
        "in": {"nodes": {"set": {"4": {"label": "d"}}, "in": {"1": {"set": {"size": 10}}}, "gone": ["3"]}}
    }

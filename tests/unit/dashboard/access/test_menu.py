"""Viewers are told what they cannot do, and every control named for that is on a page."""

import re

import pytest

from core.domain.access.caller import Caller, CallerKind, Role
from core.domain.ids import ProjectId
from core.services.application import Application
from dashboard.access.menu import changing_controls, why_not
from dashboard.access.sharing import path_of
from dashboard.factory import create
from dashboard.view import views


def test_each_view_names_its_controls(app: Application) -> None:
    create(app)
    assert {name for name, view in views if view.changing} >= {
        "overview", "compare", "queue", "models", "new-experiment",
    }  # fmt: skip
    assert "#new-experiment-open" in changing_controls()


def test_selectors_are_of_ids_classes_and_attributes(app: Application) -> None:
    create(app)
    for selector in changing_controls():
        assert re.fullmatch(
            r"(#[\w-]+|\[[\w-]+(\*=\"[\w-]+\")?\](\[id\*=\"\w+\"\])?|[\w.#-]+( [\w.-]+)?)", selector
        )


def test_the_reason_names_the_way_out() -> None:
    link = Caller("link 1", Role.VIEWER, CallerKind.LINK, ProjectId(1))
    assert "share link" in why_not(link).lower()
    assert "Ask an administrator" in why_not(Caller("ada", Role.VIEWER, CallerKind.ACCOUNT))


@pytest.mark.parametrize(
    ("href", "path"),
    [
        (
            "http://localhost:8050/p/digits/overview?x=size#selected=1-9",
            "/p/digits/overview?x=size#selected=1-9",
        ),
        ("https://cnc.example.org/p/digits/compare-metrics", "/p/digits/compare-metrics"),
    ],
)
def test_a_link_keeps_path_query_and_fragment(href: str, path: str) -> None:
    assert path_of(href) == path

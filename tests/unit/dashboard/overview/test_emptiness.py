"""What is said where there is nothing to see: always with a way on."""

from dataclasses import replace
from datetime import UTC, datetime

from core.comparison.filtering import Condition
from core.domain.ids import ProjectId
from core.domain.project import Project
from core.testing.forests import model
from dashboard.views.overview.emptiness import no_models, none_pass
from dashboard.views.overview.snapshot import Snapshot

PROJECT = Project(ProjectId(1), "digits", "Digits", "image-classification", datetime(2026, 1, 1, tzinfo=UTC))
BASE = model(1)
STRICT = (Condition("author", ("nobody",)),)


def words(content):
    return "" if content is None else str(content)


def test_a_project_without_models_leads_to_adding_one():
    assert "/p/digits/models?tab=add" in words(no_models(Snapshot(PROJECT, (), {})))
    assert no_models(Snapshot(PROJECT, (BASE,), {})) is None


def test_a_filter_that_nothing_passes_can_be_cleared_on_the_map():
    said = words(none_pass(Snapshot(PROJECT, (BASE,), {}), frozenset(), STRICT))
    assert "No model passes the filter" in said
    assert "Clear the filter" in said


def test_an_archive_that_holds_everything_is_no_filter():
    away = Snapshot(PROJECT, (replace(BASE, archived=True),), {})
    assert "show=archived" in words(none_pass(away, frozenset(), ()))


def test_nothing_is_said_while_something_is_shown():
    assert none_pass(Snapshot(PROJECT, (BASE,), {}), frozenset({BASE.id}), STRICT) is None
    assert none_pass(Snapshot(PROJECT, (), {}), frozenset(), STRICT) is None

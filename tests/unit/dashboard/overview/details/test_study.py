"""While nothing is selected the page says what the study shows and what can be done next."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.domain.ids import ModelId, ProjectId
from core.domain.metric import Group
from core.domain.project import Project
from core.domain.queue.run import RunStatus
from core.domain.recipe import Step
from core.testing.laboratory import ACCURACY, SIZE
from core.testing.projects.forests import model
from dashboard.projects.snapshot import Snapshot
from dashboard.views.overview.details.study import study

PROJECT = Project(
    ProjectId(1),
    "digits",
    "Digits",
    "image-classification",
    datetime(2026, 1, 1, tzinfo=UTC),
    metrics=(ACCURACY, replace(SIZE, group=Group.EFFICIENCY)),
    primary=("top1", "file_bytes"),
)
BASE = model(1, name="CNN", metrics={"top1": 0.95, "file_bytes": 300.0})
SMALL = model(2, BASE, Step("prune"), name="pruned", metrics={"top1": 0.95, "file_bytes": 30.0})
TINY = model(3, SMALL, Step("quantize"), name="quantized", metrics={"top1": 0.949, "file_bytes": 10.0})
WAITING = model(4, BASE, Step("prune"), status=RunStatus.QUEUED)
FAILED = model(5, BASE, Step("prune"), status=RunStatus.FAILED)


def said(*models, project=PROJECT):
    return str(study(Snapshot(project, models, {})))


def test_the_best_trade_off_is_named_with_its_recipe_and_can_be_selected():
    text = said(BASE, SMALL, TINY, WAITING)
    assert "2 compressed models from CNN; 1 is not made yet." in text
    named = "pruned \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} quantized"
    assert f"Within 1 point of the base's top-1 accuracy, {named} saves the most file size" in text
    assert "saves 97 % of file size" in text
    assert "data-select='1.3'" in text


@pytest.mark.parametrize("project", [PROJECT, replace(PROJECT, metrics=(), primary=())])
def test_a_base_alone_leads_to_the_first_experiment(project):
    text = said(BASE, project=project)
    assert "Nothing has been compressed yet." in text
    assert "Queue from here" in text


def test_what_failed_leads_to_the_queue():
    assert "/p/digits/queue?status=failed%2Clost%2Cskipped" in said(BASE, FAILED)
    assert "/p/digits/queue" not in said(BASE, replace(FAILED, status=RunStatus.CANCELLED))
    assert "/p/digits/queue" not in said(BASE, TINY)


def test_an_empty_project_asks_nobody_to_click_a_model():
    assert "Click a model" not in said()
    assert "A model that is selected shows its recipe" in said()


def test_what_is_not_made_yet_is_counted_once_where_nothing_is_compressed():
    assert "compressed models" not in said(BASE)
    text = said(BASE, WAITING, replace(WAITING, id=ModelId(6)), FAILED)
    assert "1 model failed and 2 are not made yet." in text
    assert "0 compressed" not in text

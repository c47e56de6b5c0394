"""The data of a project: a form as long as nothing rests on them, afterwards the reason why not."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from plotly.utils import PlotlyJSONEncoder

from core.domain.catalogue import SourceSpec, Worker
from core.domain.ids import DatasetId, WorkerId
from core.domain.parameter.spec import Kind
from core.domain.parameter.traits import PathKind, PathTrait
from core.services.projects import projects
from core.services.projects.projects import DatasetRequest, ProjectRequest, create_project
from core.services.workers import workers
from core.services.workers.host import place
from core.testing.laboratory import CATALOGUE, Laboratory
from core.testing.parameters import parameter
from dashboard.views.models.additions.project_callbacks import created
from dashboard.views.models.data.data_callbacks import corrected
from dashboard.views.models.data.data_card import data_card
from dashboard.views.models.ids import PatternIds

SOURCE = SourceSpec(
    "folder",
    "Folder of images",
    "Images.",
    (
        parameter("path", place=PathTrait(PathKind.FOLDER), required=True),
        parameter("size", Kind.INTEGER, 32, label="Image size", help="Edge; 0: no cut, all have one size."),
        parameter("flip", Kind.FLAG, default=True, label="Mirror"),
        parameter("classes", Kind.LIST, []),
    ),
)
OFFERED = replace(CATALOGUE, data_sources=(SOURCE,))


@pytest.fixture
def neighbour(app):
    """Announce a worker that sees the same files."""
    now = datetime.now(UTC)
    worker = Worker(WorkerId(f"near-1-{place()}-abcdef"), "near", 1, ("cpu",), 1, now, now)
    workers.announce(app, worker, OFFERED)


@pytest.fixture
def project(app, neighbour, tmp_path):
    data = DatasetRequest("pictures", "folder", {"path": str(tmp_path)})
    return create_project(app, ProjectRequest("Pictures", "image-classification", (data,)))


def written(component):
    """Return what a component and everything in it say, as one text."""
    return json.dumps(component, cls=PlotlyJSONEncoder)


def test_a_new_project_with_a_missing_folder_is_refused_beside_its_field(app, neighbour):
    inputs = {"name": "Pictures", "description": "", "task": "image-classification"}
    inputs |= {"source": "folder", "dataset": "pictures"}
    ids = [{"name": "path"}, {"name": "size"}]
    protocol = {"split": "test", "instances": "", "precision": "float32"}
    held = {"inputs": inputs, "protocol": protocol, "value_ids": ids, "values": ["/nowhere", "32"]}
    made, problems = created(app, held)
    assert made is None
    wrong = held | {"values": ["/nowhere", "much"], "inputs": inputs | {"name": ""}}
    _, every = created(app, wrong | {"protocol": protocol | {"instances": "many"}})
    assert {problem.field for problem in every} == {
        *("name", "parameters.path", "parameters.size", "protocol.instances")
    }
    assert [(problem.field, problem.message) for problem in problems] == [
        ("parameters.path", "There is no folder /nowhere.")
    ]


def test_the_form_holds_what_was_entered_and_saves_what_is_right(app, project, tmp_path):
    form = written(data_card(app, project, OFFERED))
    assert str(tmp_path) in form
    assert PatternIds.DATA_SAVE in form
    dataset = project.datasets[0].id
    wrong = corrected(app, project, dataset, {"path": "/nowhere", "size": "32"})
    assert [problem.field for problem in wrong] == ["parameters.path"]
    both = corrected(app, project, dataset, {"path": "/nowhere", "size": "much"})
    assert [problem.message for problem in both] == [
        *("Image size: 'much' is not a number.", "There is no folder /nowhere.")
    ]
    unread = corrected(app, project, dataset, {"path": "", "size": "much"})
    assert {problem.field for problem in unread} == {"parameters.path", "parameters.size"}
    assert projects.get_project(app, project.slug).datasets == project.datasets
    assert corrected(app, project, dataset, {"path": str(tmp_path), "size": "64"}) == []
    changed = projects.get_project(app, project.slug)
    assert changed.datasets[0].parameters.items() >= {"path": str(tmp_path), "size": 64}.items()
    assert '"value": "64"' in written(data_card(app, changed, OFFERED))


def facts_of(component):
    (found,) = [part for part in component._traverse() if getattr(part, "className", "") == "facts"]
    return found.children


def test_data_that_figures_rest_on_are_told_in_words(app, project, tmp_path):
    corrected(app, project, project.datasets[0].id, {"path": str(tmp_path), "size": "0"})
    project = projects.get_project(app, project.slug)
    laboratory = Laboratory(app)
    laboratory.base(project)
    laboratory.play()
    card = written(data_card(app, project, OFFERED))
    assert PatternIds.DATA_SAVE not in card
    assert "residual CNN was measured on these data" in card
    seen = [str(part.children) for part in facts_of(data_card(app, project, OFFERED))]
    assert seen[2:] == ["path", str(tmp_path), "image size", "no cut, all have one size", "mirror", "yes"]
    problems = corrected(app, project, project.datasets[0].id, {"path": str(tmp_path), "size": "64"})
    assert "measured on these data" in problems[0].message


def test_data_of_a_source_that_no_worker_offers_are_shown_all_the_same(app, project, tmp_path):
    card = written(data_card(app, project, CATALOGUE))
    assert str(tmp_path) in card
    assert "Start a worker" in card


def test_a_data_set_that_somebody_else_removed_is_named(app, laboratory):
    project = projects.get_project(app, "digits")
    (problem,) = corrected(app, project, DatasetId(99), {})
    assert problem.message == "Somebody else has removed this data set."

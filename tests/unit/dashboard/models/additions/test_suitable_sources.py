"""The form of a base model proposes what suits the task and the data."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.catalogue import SourceSpec
from core.domain.data.data_preview import ClassCounts, DataSummary
from core.domain.model import Source
from core.domain.parameter.inputs import Inputs
from core.domain.parameter.spec import Kind
from core.services.projects import projects
from core.testing.laboratory import CATALOGUE
from core.testing.parameters import parameter
from core.testing.projects.forests import model
from dashboard.components.form.form_fields import fields
from dashboard.views.models.additions.suitable_sources import suited_sources

COUNTED = (
    parameter("classes", Kind.INTEGER, 10, help="Outputs.", of_data="classes"),
    parameter("width", Kind.INTEGER, 16),
)
PURPOSES = (
    parameter(
        "purpose",
        default="texts",
        choices=("texts", "images"),
        inputs={"texts": Inputs.TEXTS, "images": Inputs.IMAGES},
    ),
)
SOURCES = (
    SourceSpec("words", "Words", "", inputs=Inputs.TEXTS),
    SourceSpec("plug-in", "Plug-in", ""),
    SourceSpec("hub", "Hub", "", PURPOSES),
    SourceSpec("net", "Net", "", COUNTED, inputs=Inputs.IMAGES),
)


@pytest.fixture
def catalogue():
    (task,) = CATALOGUE.tasks
    return replace(CATALOGUE, model_sources=SOURCES, tasks=(replace(task, inputs=Inputs.IMAGES),))


@pytest.fixture
def project(app, laboratory):
    return projects.get_project(app, "digits")


def test_sources_of_the_tasks_inputs_come_first_and_those_of_others_are_left_out(catalogue, project):
    suited = suited_sources(catalogue, project)
    assert [spec.name for spec in suited] == ["net", "hub", "plug-in"]
    assert fields(suited[1].parameters)[0].default == "images"


def test_what_the_data_decide_is_asked_for_until_it_is_known(catalogue, project):
    classes, width = fields(suited_sources(catalogue, project)[0].parameters)
    assert (classes.required, classes.default, width.default) == (True, None, 16)
    assert classes.help == "Outputs. Must be that of the data."


def test_what_an_evaluated_base_model_has_is_proposed(catalogue, project):
    base = model(1, source=Source("net", {"classes": 3}))
    (unmeasured, _) = fields(suited_sources(catalogue, project, [base])[0].parameters)
    assert unmeasured.required
    measured = replace(base, metrics={"top1": 0.5})
    classes, _ = fields(suited_sources(catalogue, project, [measured])[0].parameters)
    assert (classes.required, classes.default) == (False, 3)


def test_what_was_counted_in_the_data_goes_before_what_models_have(catalogue, project):
    measured = replace(model(1, source=Source("net", {"classes": 3})), metrics={"top1": 0.5})
    test = DataSummary("test", 9, classes=ClassCounts((), total=4, empty=0, largest=None, smallest=None))
    train = replace(test, split="train")
    classes, _ = fields(suited_sources(catalogue, project, [measured], [test, train])[0].parameters)
    assert (classes.required, classes.default) == (False, 4)
    other = replace(train, classes=replace(test.classes, total=5))
    classes, _ = fields(suited_sources(catalogue, project, [measured], [test, other])[0].parameters)
    assert classes.default == 3, "splits that differ tell nothing"


@pytest.mark.parametrize(("given", "proposed"), [("gpt", "classify"), ("bert", "")])
def test_an_empty_choice_that_stands_for_another_task_is_filled_in(catalogue, project, given, proposed):
    (task,) = catalogue.tasks
    purpose = parameter(
        "purpose",
        default="",
        choices=("", "write", "classify"),
        suits={task.name: ("classify",)},
        stands_for={"family": {"gpt": "write", "bert": "classify"}},
    )
    family = parameter("family", default=given, choices=("gpt", "bert"))
    made = SourceSpec("made", "Made", "", (family, purpose))
    (suited,) = suited_sources(replace(catalogue, model_sources=(made,)), project)
    assert fields(suited.parameters)[1].default == proposed

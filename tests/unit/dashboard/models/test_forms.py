"""What the page's forms do with what was entered."""

import base64
from dataclasses import replace

import pytest
from dash import html

from core.domain.catalogue import SourceSpec
from core.domain.metric import Authority, Direction
from core.domain.studies.document import study_of
from core.errors import InvalidInput, Problem
from core.services.imports.studies import import_study
from core.services.models import models
from core.services.projects import projects
from core.services.workers import workers
from core.services.workers.workers import catalogue
from core.testing.laboratory import CATALOGUE
from core.testing.parameters import parameter
from dashboard.components.chosen_file import decoded
from dashboard.components.undo import Undo, undoable
from dashboard.shell.undoing import undo
from dashboard.views.models.additions.base_model_callbacks import added
from dashboard.views.models.additions.forms import adding
from dashboard.views.models.additions.project_callbacks import created
from dashboard.views.models.additions.study_callbacks import MOST_TOLD, problems
from dashboard.views.models.grid.row_callbacks import moved
from dashboard.views.models.ids import Ids
from dashboard.views.models.settings.settings_callbacks import Entered, saved
from dashboard.views.models.settings.settings_mark import settings_mark


def entered(project, **changes):
    """Return the settings form as it opens, with `changes` per metric."""
    metrics = {
        metric.name: {
            "primary": metric.name in project.primary,
            "label": metric.label,
            "direction": metric.direction.value,
            "format": metric.format.value,
            "unit": metric.unit,
            "budget": "",
        }
        | changes.get(metric.name, {})
        for metric in project.metrics
    }
    return Entered(project.name, project.description, metrics)


def test_only_what_was_changed_counts_as_corrected(app, laboratory):
    project = projects.get_project(app, "digits")
    form = entered(project, loss={"label": "Cross-entropy", "budget": "0.5 nats"}, top1={"primary": False})
    assert saved(app, project, form) == []
    changed = projects.get_project(app, "digits")
    corrected = [metric.name for metric in changed.metrics if metric.authority is Authority.CORRECTED]
    assert corrected == ["loss"]
    assert (changed.primary, changed.budgets) == (("file_bytes",), {"loss": 0.5})


def test_what_somebody_else_saved_meanwhile_is_not_replaced(app, laboratory):
    project = projects.get_project(app, "digits")
    mark, theirs, mine = settings_mark(project), entered(project), entered(project)
    assert saved(app, project, replace(theirs, description="theirs"), since=mark) == []
    (problem,) = saved(app, project, replace(mine, name="Mine"), since=mark)
    assert "Somebody else has changed the description" in problem.message
    present = projects.get_project(app, "digits")
    assert (present.name, present.description) == (project.name, "theirs")


STUDY = {
    "operations": [],
    "metrics": [{"name": "Accuracy"}, {"name": "Loss"}],
    "models": [{"id": "one", "base": None, "operation": None, "metrics": {"Accuracy": 0.5, "Loss": 1.0}}],
}


@pytest.mark.parametrize("confirming", [False, True])
def test_guesses_are_confirmed_on_request_only(app, confirming):
    project = import_study(app, study_of(STUDY), name="Study", origin="models.json").project
    form = entered(project, Loss={"label": "Cross-entropy"})
    assert saved(app, project, replace(form, confirming=confirming)) == []
    changed = projects.get_project(app, project.slug)
    checked = {metric.name for metric in changed.metrics if metric.authority is Authority.CORRECTED}
    assert checked == ({"Accuracy", "Loss"} if confirming else {"Loss"})


def test_problems_of_both_sides_are_told_and_nothing_is_saved(app, laboratory):
    project = projects.get_project(app, "digits")
    unreadable = saved(app, project, entered(project, loss={"budget": "much"}))
    assert [problem.field for problem in unreadable] == ["budgets.loss"]
    both = saved(app, project, entered(project, loss={"budget": "much"}, top1={"label": ""}))
    assert [problem.field for problem in both] == ["budgets.loss", "metrics.top1.label"]
    wanted = entered(project, loss={"direction": Direction.NEITHER.value, "budget": "1"}, top1={"label": ""})
    assert [problem.field for problem in saved(app, project, wanted)] == [
        "metrics.top1.label",
        "budgets.loss",
    ]
    assert projects.get_project(app, "digits") == project


BASE = {
    "inputs": {"name": "net", "source": "residual-cnn", "seed": "7", "queue": "cpu"},
    "how": "train",
    "values": [],
    "value_ids": [],
    "training": ["3", "", "32"],
    "training_ids": [{"name": "epochs"}, {"name": "learning_rate"}, {"name": "batch_size"}],
}


def test_a_base_model_is_queued_as_entered(app, laboratory):
    project = projects.get_project(app, "digits")
    assert added(app, project, BASE) == []
    base = models.list_models(app, project.id)[-1]
    assert (base.name, base.seed, base.source.name) == ("net", 7, "residual-cnn")
    (run,) = [run for run in models.get_model(app, base.id).runs if run.kind == "train"]
    expected = {"epochs": 3, "learning_rate": 0.003, "batch_size": 32}
    assert run.payload.items() >= expected.items()


@pytest.mark.parametrize(
    ("beside", "kind"),
    [({"weights_file": ""}, "import"), (None, "import"), ({"weights_file": "/w.pt"}, "train")],
    ids=["typed later", "not said", "chosen anew"],
)
def test_weights_given_after_training_was_chosen_are_imported(app, laboratory, beside, kind):
    (worker,) = workers.list_workers(app)
    weights = parameter("weights_file", weights=True)
    source = SourceSpec("file", "File", "", (weights,))
    workers.announce(app, worker, replace(CATALOGUE, model_sources=(*CATALOGUE.model_sources, source)))
    project = projects.get_project(app, "digits")
    inputs = BASE["inputs"] | {"source": "file"}
    given = {"inputs": inputs, "values": ["/w.pt"], "value_ids": [{"name": "weights_file"}], "beside": beside}
    assert added(app, project, BASE | given) == []
    base = models.list_models(app, project.id)[-1]
    assert kind in {run.kind for run in models.get_model(app, base.id).runs}


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"training": ["x", "", ""]}, ["training.epochs"]),
        ({"training": ["0", "", ""]}, ["training.epochs"]),
        ({"inputs": {**BASE["inputs"], "seed": "x", "name": ""}}, ["seed", "name"]),
        ({"inputs": {**BASE["inputs"], "name": ""}}, ["name"]),
        ({"inputs": {**BASE["inputs"], "queue": "moon"}}, ["queue"]),
    ],
)
def test_what_is_wrong_with_a_base_model_is_told_at_its_input(app, laboratory, change, fields):
    project = projects.get_project(app, "digits")
    assert [problem.field for problem in added(app, project, BASE | change)] == fields


PROJECT = {
    "inputs": {
        "name": "New one",
        "description": "",
        "task": "image-classification",
        "source": "digits",
        "dataset": "d",
    },
    "values": [],
    "protocol": {"split": "test", "instances": "", "precision": "float32"},
    "value_ids": [],
}


def test_a_project_is_created_as_entered(app, laboratory):
    made, wrong = created(app, PROJECT)
    assert wrong == []
    assert (made.slug, [dataset.name for dataset in made.datasets]) == ("new-one", ["d"])


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "digits"}, ["name"]),
        ({"task": None, "dataset": ""}, ["task", "dataset"]),
        ({"task": "nothing", "dataset": ""}, ["task", "dataset"]),
        ({"source": None}, ["source"]),
    ],
)
def test_what_is_wrong_with_a_project_is_told_at_its_input(app, laboratory, change, fields):
    made, wrong = created(app, PROJECT | {"inputs": PROJECT["inputs"] | change})
    assert made is None
    assert [problem.field for problem in wrong] == fields


def test_uploads_are_decoded_or_refused():
    text = "data:application/json;base64," + base64.b64encode(b"{}").decode()
    assert decoded(text) == b"{}"
    with pytest.raises(InvalidInput, match="did not arrive whole"):
        decoded("data:,###")


def test_many_problems_of_a_file_are_counted():
    told = str(problems("a.json", [Problem("models", f"Wrong {number}.") for number in range(30)]))
    assert "Wrong 0." in told
    assert f"and {30 - MOST_TOLD} more" in told


def test_without_workers_the_forms_offer_what_this_version_can_do(app):
    page = html.Div(adding(catalogue(app), None))
    parts = {str(getattr(part, "id", "")): part for part in page._traverse()}
    sources = {option["label"] for option in parts[Ids.NEW_SOURCE].data}
    assert {"Handwritten digits (8 x 8)", "Image folder", "Texts from a table"} <= sources
    assert "image-classification" in {option["value"] for option in parts[Ids.NEW_TASK].data}
    assert parts[Ids.NEW_CREATE].disabled is False


def test_what_was_done_can_be_undone(app, laboratory):
    every = [model.id for model in models.list_models(app, projects.get_project(app, "digits").id)]
    news = moved(app, Ids.ARCHIVE, every[-2:])
    assert "unarchive" in str(news["message"])
    assert undo(app, Undo.UNARCHIVE, every[-2:]) == "2 models taken out of the archive"
    gone = models.delete_models(app, every[-1:])
    assert undo(app, Undo.RESTORE, gone) == "1 model restored"
    assert undo(app, Undo.DELETE, gone) == "1 model deleted again"
    assert f'"ids": [{every[-1]}]' in str(undoable("x", Undo.RESTORE, gone)["message"])

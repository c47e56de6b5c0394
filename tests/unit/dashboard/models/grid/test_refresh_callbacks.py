"""The list of models: what it shows per filter, and what changes in it."""

from dataclasses import replace

import pytest

from core.comparison.naming.lineage_names import THEN
from core.domain.ids import ModelId
from core.domain.metric import Direction
from core.domain.recipe import Step
from core.services.imports.studies import import_study
from core.services.models import models
from core.services.models.annotations import annotate
from core.services.projects import projects
from core.services.projects.projects import MetricCorrection, SettingsChange, change_settings
from core.testing.laboratory import CATALOGUE
from core.testing.projects.forests import model
from dashboard.views.models.address import Show, State, Tab, read_state
from dashboard.views.models.grid.deletion_callbacks import question
from dashboard.views.models.grid.refresh_callbacks import refreshed
from dashboard.views.models.grid.rows import RowContext, recipe


def look(app, show=Show.PRESENT, shown=None):
    return refreshed(app, projects.get_project(app, "digits"), show, shown)


def ids(rows):
    return [int(row["id"]) for row in rows]


def test_lines_say_what_was_made_and_measured(app, laboratory):
    first = look(app)
    assert (len(first.rows), first.count) == (29, "29 models")
    base, pruned = first.rows[:2]
    assert (base["name"], base["state"], base["texts"][0]) == ("residual CNN", "made", "96.0 %")
    assert (pruned["recipe"], pruned["tone"]) == ("magnitude pruning 0.3", "busy")
    assert pruned["href"] == f"/p/digits/overview?selected={pruned['id']}"
    last = first.rows[-1]
    assert last["recipe"] == THEN.join(
        ["magnitude pruning 0.9", "fine-tune 2", "weight-only quantization 2 bit"]
    )
    assert last["lineage"] == ["magnitude pruning 0.9", "fine-tune 2", "weight-only quantization 2 bit"]
    assert last["number"] == int(last["id"])
    assert (last["state"], last["figures"]) == ("waits for its parent", [None] * 5)


def test_nothing_is_sent_while_nothing_changed(app, laboratory):
    assert look(app, shown=look(app).mark) is None


def test_only_lines_that_changed_are_sent(app, laboratory):
    mark = look(app).mark
    annotate(app, [ModelId(3)], starred=True)
    annotate(app, [ModelId(4)], archived=True)
    models.delete_models(app, [ModelId(29)])
    update = look(app, shown=mark)
    assert update.rows is None
    assert ids(update.changes["upsert"]) == [3]
    assert update.changes["remove"] == ["4", "29"]
    assert update.count == "27 models"
    assert update.columns is None


def test_each_filter_lists_its_own(app, laboratory):
    annotate(app, [ModelId(3), ModelId(4)], starred=True)
    annotate(app, [ModelId(4)], archived=True)
    models.delete_models(app, [ModelId(29)])
    assert ids(look(app, Show.STARRED).rows) == [3]
    assert ids(look(app, Show.ARCHIVED).rows) == [4]
    deleted = look(app, Show.DELETED)
    assert ids(deleted.rows) == [29]
    assert (deleted.rows[0]["state"], deleted.rows[0]["href"]) == ("deleted", "")
    assert deleted.rows[0]["recipe"].startswith(f"magnitude pruning 0.9{THEN}")


@pytest.mark.parametrize(
    ("show", "says"), [(Show.STARRED, "press the star"), (Show.DELETED, "Nothing is deleted")]
)
def test_an_empty_list_says_why(app, laboratory, show, says):
    assert says in look(app, show).count


def test_another_filter_or_other_metrics_bring_all_lines(app, laboratory):
    mark = look(app).mark
    assert look(app, Show.STARRED, mark).rows == []
    project = projects.get_project(app, "digits")
    correction = MetricCorrection("loss", "Loss!", Direction.LOWER)
    change_settings(app, project.id, SettingsChange([correction]))
    update = look(app, shown=mark)
    assert len(update.rows) == 29
    assert "Loss!" in {column.get("headerName") for column in update.columns}


def test_imported_models_say_that_nothing_can_be_run_on_them(app, study):
    project = import_study(app, study, name="Figures").project
    listed = refreshed(app, project, Show.PRESENT, None)
    assert listed.count == "2 models with figures only: no runs on them"
    assert {row["state"] for row in listed.rows} == {"figures only"}


@pytest.fixture
def study():
    from core.domain.studies.document import study_of

    return study_of({"models": [{"id": "a", "metrics": {"acc": 0.5}}, {"id": "b", "base": "a"}]})


def test_bases_are_named_where_there_are_several():
    every = [model(1), model(2), model(3, model(1))]
    around = RowContext.of("digits", (), every, {})
    assert recipe(every[2], around) == f"model 1{THEN}model 3"


def test_values_are_named_where_there_are_several():
    step = Step("prune_it", {"epochs": 16, "amount": 0.5, "frequency": 1})
    every = [model(1), model(2, model(1), step)]
    assert recipe(every[1], RowContext.of("digits", (), every, {})) == "prune it epochs 16, amount 0.5"


def test_an_address_with_nonsense_opens_the_list():
    assert read_state({"tab": "x", "show": "y"}) == State()
    assert read_state({"tab": "add", "show": "deleted", "text": "a"}) == State(Tab.ADD, Show.DELETED, "a")


def test_the_question_before_deleting_names_what_goes_along(app, laboratory):
    along = models.dependants(app, [ModelId(1)])
    said = " ".join(str(part.children) for part in question(1, along))
    assert "28 models were made from it and go along: magnitude pruning 0.3" in said
    assert "and 23 more" in said
    alone = " ".join(str(part.children) for part in question(2, models.dependants(app, [ModelId(29)])))
    assert "go along" not in alone


def test_a_recipe_names_what_a_technique_leads_with_and_nothing_else():
    spec = next(spec for spec in CATALOGUE.techniques if spec.name == "prune")
    specs = {"prune": replace(spec, headline=("sparsity",))}
    step = Step("prune", {"scope": "global", "sparsity": 0.5})
    every = [model(1), model(2, model(1), step)]
    assert recipe(every[1], RowContext.of("digits", (), every, specs)) == "magnitude pruning 0.5"

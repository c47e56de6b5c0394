"""What people write on models, save and set must be kept, on every kind of database."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from core.domain.ids import ModelId, ProjectId, SavedViewId
from core.domain.metric import Authority, Direction, Format, MetricDefinition
from core.domain.model import Model
from core.domain.project import Project
from core.domain.queue.experiment_progress import ExperimentState
from core.domain.queue.run import RunError, RunStatus
from core.domain.recipe import SweepStep
from core.errors import Conflict, InvalidInput, NotFound
from core.services.application import Application
from core.services.experiments import lifecycle
from core.services.models import models
from core.services.models.annotations import MOST_TAGS, annotate, list_tags
from core.services.projects import projects
from core.services.projects.projects import MetricCorrection, SettingsChange, change_settings
from core.services.projects.saved_views import (
    SavedViewRequest,
    delete_view,
    list_views,
    save_view,
)
from core.services.queue import run_lifecycle
from core.services.queue.results import ModelMade
from core.testing.contracts.laboratory_contract import LaboratoryContract
from core.testing.fakes import acting_as
from core.testing.laboratory import LOSS, Laboratory


class OrganisingContract(LaboratoryContract):
    """Annotations, deleting and restoring, saved views and settings; subclass it with an `app` fixture."""

    @pytest.fixture
    def chain(self, app: Application, laboratory: Laboratory, project: Project) -> list[Model]:
        """A base and its 28 descendants, all still in the queue."""
        laboratory.sweep(project, laboratory.base(project).id)
        return models.list_models(app, project.id)

    def test_an_experiment_is_followed_cancelled_and_retried(
        self, app: Application, laboratory: Laboratory, project: Project, chain: list[Model]
    ) -> None:
        (followed,) = lifecycle.list_progress(app, project.id)
        one = followed.experiment.id
        assert (followed.state, followed.progress) == (ExperimentState.QUEUED, 0)
        assert (followed.tally.made, followed.tally.models) == (0, 28)
        assert laboratory.play(3) == 3  # the base, which is no part of the experiment
        assert laboratory.play(2) == 2
        running = laboratory.claim()
        assert running is not None
        followed = lifecycle.get_progress(app, one)
        assert (followed.state, followed.tally.made) == (ExperimentState.RUNNING, 2)
        assert followed.progress == pytest.approx(2 / 84)
        assert len(lifecycle.cancel_experiment(app, one)) > 50
        assert lifecycle.get_progress(app, one).state is ExperimentState.RUNNING
        run_lifecycle.mark_cancelled(app, running.id, running.attempt)
        followed = lifecycle.get_progress(app, one)
        assert followed.state is ExperimentState.CANCELLED
        assert sum(followed.tally.runs.values()) == 84
        assert len(lifecycle.retry_experiment(app, one)) == 82
        laboratory.play()
        followed = lifecycle.get_progress(app, one)
        assert (followed.state, followed.progress, followed.tally.made) == (ExperimentState.DONE, 1, 28)

    def test_an_experiment_is_failed_once_nothing_is_left_to_do(
        self, app: Application, laboratory: Laboratory, project: Project, chain: list[Model]
    ) -> None:
        laboratory.play(3)
        for _ in range(5 + 3):  # the five prunings and three quantizations that start from the base
            run = laboratory.claim()
            assert run is not None
            run_lifecycle.fail(app, run.id, run.attempt, RunError("boom", "It broke."))
        (followed,) = lifecycle.list_progress(app, project.id)
        assert followed.state is ExperimentState.FAILED
        assert (followed.tally.made, followed.progress) == (0, 0)

    def test_what_was_asked_for_before_is_nothing_new(
        self, app: Application, laboratory: Laboratory, project: Project, chain: list[Model]
    ) -> None:
        laboratory.sweep(project, chain[0].id)
        again, _ = lifecycle.list_progress(app, project.id)
        assert again.state is ExperimentState.REUSED
        assert (again.tally.models, again.title) == (0, f"Experiment {again.experiment.id}")

    def test_an_experiment_is_described(self, app: Application, project: Project, chain: list[Model]) -> None:
        (followed,) = lifecycle.list_progress(app, project.id)
        one = followed.experiment.id
        revision = projects.revision(app, project.id)
        lifecycle.describe_experiment(app, one, name="  norms  ", note="Leave the norms alone")
        found = lifecycle.get_progress(app, one)
        assert (found.title, found.experiment.note) == ("norms", "Leave the norms alone")
        assert projects.revision(app, project.id) > revision
        assert lifecycle.titles(app, project.id) == {one: "norms"}
        with pytest.raises(InvalidInput, match="201 characters"):
            lifecycle.describe_experiment(app, one, name="x" * 201)

    def test_a_deleted_experiment_comes_back_with_its_models(
        self, app: Application, laboratory: Laboratory, project: Project, chain: list[Model]
    ) -> None:
        (followed,) = lifecycle.list_progress(app, project.id)
        one = followed.experiment.id
        laboratory.play(5)
        gone = lifecycle.delete_experiment(app, one)
        assert len(gone) == 28
        assert [model.id for model in models.list_models(app, project.id)] == [chain[0].id]
        assert lifecycle.list_progress(app, project.id) == []
        assert laboratory.play() == 0
        with pytest.raises(NotFound):
            lifecycle.get_progress(app, one)
        assert lifecycle.restore_experiment(app, one) == gone
        (back,) = lifecycle.list_progress(app, project.id)
        assert (back.state, back.tally.made) == (ExperimentState.CANCELLED, 2)
        assert len(models.list_models(app, project.id)) == 29

    def test_an_experiment_that_others_build_on_is_not_deleted(
        self, app: Application, laboratory: Laboratory, project: Project, chain: list[Model]
    ) -> None:
        (followed,) = lifecycle.list_progress(app, project.id)
        further = ((SweepStep("quantize", {"bits": (3,)}),),)
        laboratory.sweep(project, chain[1].id, further)
        with pytest.raises(Conflict, match="Models of others were made from its models"):
            lifecycle.delete_experiment(app, followed.experiment.id)
        assert len(models.list_models(app, project.id)) == 30

    def test_annotations_are_kept_and_seen_by_open_pages(
        self, app: Application, project: Project, chain: list[Model]
    ) -> None:
        revision = projects.revision(app, project.id)
        first, second = chain[1].id, chain[2].id
        assert annotate(app, [first, second], add_tags=["for the  paper", "b"], starred=True) == (
            first,
            second,
        )
        assert annotate(app, [first], note=" worth it\n", remove_tags=["b"], archived=True) == (first,)
        changed = models.changed_models(app, project.id, since=revision)
        assert [
            (model.id, model.tags, model.note, model.starred, model.archived) for model in changed.models
        ] == [
            (first, ("for the paper",), "worth it", True, True),
            (second, ("for the paper", "b"), "", True, False),
        ]
        assert [(count.tag, count.models) for count in list_tags(app, project.id)] == [
            ("for the paper", 2),
            ("b", 1),
        ]

    def test_only_models_that_change_are_reported_so_that_undo_is_exact(
        self, app: Application, project: Project, chain: list[Model]
    ) -> None:
        annotate(app, [chain[1].id], archived=True)
        revision = projects.revision(app, project.id)
        assert annotate(app, [chain[1].id, chain[2].id], archived=True) == (chain[2].id,)
        assert annotate(app, [chain[1].id], archived=True) == ()
        assert projects.revision(app, project.id) == revision + 1

    def test_an_empty_note_and_a_removed_tag_leave_nothing(
        self, app: Application, chain: list[Model]
    ) -> None:
        one = chain[0].id
        annotate(app, [one], note="x", add_tags=["y"])
        annotate(app, [one], note="", remove_tags=["y", "never there"])
        found = models.get_model(app, one).model
        assert (found.note, found.tags) == ("", ())

    def test_every_problem_is_told_and_nothing_changes(self, app: Application, chain: list[Model]) -> None:
        with pytest.raises(InvalidInput) as told:
            annotate(app, [chain[0].id], note="n" * 10_001, add_tags=["a,b", "t" * 61], starred=True)
        assert [problem.field for problem in told.value.problems] == ["note", "add_tags", "add_tags"]
        with pytest.raises(InvalidInput, match="at most 50"):
            annotate(app, [chain[0].id], add_tags=[f"tag {number}" for number in range(MOST_TAGS + 1)])
        with pytest.raises(NotFound, match="9999"):
            annotate(app, [chain[0].id, ModelId(9999)], starred=True)
        assert not models.get_model(app, chain[0].id).model.starred

    def test_what_goes_along_is_told_before_and_restored_after(
        self, app: Application, project: Project, chain: list[Model]
    ) -> None:
        pruned = next(model for model in chain if model.step and model.step.technique == "prune")
        along = models.dependants(app, [pruned.id])
        assert len(along.models) == 4
        assert along.active_runs == 15  # make, evaluate and profile each of the five
        gone = models.delete_models(app, [pruned.id], with_descendants=True)
        assert {model.id for model in models.list_models(app, project.id, deleted=True)} == set(gone)
        assert set(gone) == {pruned.id, *(model.id for model in along.models)}
        assert set(models.restore_models(app, gone)) == set(gone)
        assert models.list_models(app, project.id, deleted=True) == []
        assert models.get_model(app, pruned.id).model.status is RunStatus.CANCELLED

    def test_saved_views_come_back_by_name(self, app: Application, project: Project) -> None:
        wanted = SavedViewRequest(project.id, " Small ones ", "?x=size&selected=1.2", "note")
        saved = save_view(acting_as(app, "ada"), wanted)
        assert saved.author == "ada"
        assert (saved.name, saved.query, saved.page) == ("Small ones", "x=size&selected=1.2", "overview")
        other = save_view(app, replace(wanted, name="a view", page="queue"))
        assert list_views(app, project.id) == [other, saved]
        assert delete_view(app, other.id) == other
        assert list_views(app, project.id) == [saved]

    def test_saved_views_that_cannot_be_are_refused(self, app: Application, project: Project) -> None:
        saved = save_view(app, SavedViewRequest(project.id, "one", ""))
        with pytest.raises(InvalidInput) as told:
            save_view(app, SavedViewRequest(project.id, "one ", "x" * 100_001, page="../etc"))
        assert [problem.field for problem in told.value.problems] == ["query", "page", "name"]
        with pytest.raises(InvalidInput, match="The name is empty"):
            save_view(app, SavedViewRequest(project.id, " ", ""))
        with pytest.raises(NotFound, match="99"):
            delete_view(app, SavedViewId(99))
        with pytest.raises(NotFound, match="no project"):
            save_view(app, SavedViewRequest(ProjectId(99), "two", ""))
        assert list_views(app, project.id) == [saved]

    def test_corrected_metrics_survive_what_later_runs_declare(
        self, app: Application, laboratory: Laboratory, project: Project
    ) -> None:
        laboratory.base(project)
        correction = MetricCorrection("loss", label="Cross-entropy", direction=Direction.NEITHER)
        wanted = SettingsChange([correction], primary=["loss", "top1", "loss"])
        changed = change_settings(app, project.id, wanted)
        assert changed.revision > project.revision
        assert changed.primary == ("loss", "top1")
        assert changed == projects.get_project(app, project.id)
        run = laboratory.claim()
        assert run is not None
        fresh = MetricDefinition("depth", "Depth", Direction.LOWER, Format.COUNT)
        declared = (replace(LOSS, label="Other"), fresh)
        run_lifecycle.succeed(app, run.id, run.attempt, ModelMade("a" * 64, {"loss": 1.0}, declared))
        later = projects.get_project(app, project.id)
        assert later.metric("depth") == fresh
        assert later.metric("loss") == replace(
            LOSS, label="Cross-entropy", direction=Direction.NEITHER, authority=Authority.CORRECTED
        )

    def test_settings_are_changed_as_a_whole_or_not_at_all(self, app: Application, project: Project) -> None:
        wrong = SettingsChange(
            corrections=(MetricCorrection("los"), MetricCorrection("loss", label=" ")),
            primary=("nothing",),
            budgets={"top1": math.nan, "size": 1.0},
            acceptable_loss=1.5,
            name="",
        )
        with pytest.raises(InvalidInput) as told:
            change_settings(app, project.id, wrong)
        assert [problem.field for problem in told.value.problems] == [
            *("metrics.los", "metrics.loss.label", "primary", "budgets.top1", "budgets.size"),
            *("acceptable_loss", "name"),
        ]
        assert "Did you mean loss" in told.value.hint
        assert projects.get_project(app, project.id) == project
        right = SettingsChange(
            budgets={"top1": 0.9}, acceptable_loss=0.005, name=" Digits ", description="why"
        )
        changed = change_settings(app, project.id, right)
        assert (changed.name, changed.slug, changed.description) == ("Digits", "digits", "why")
        assert changed.budgets == {"top1": 0.9}
        assert (project.acceptable_loss, changed.acceptable_loss) == (0.01, 0.005)
        assert changed.metrics == project.metrics

    def test_a_budget_needs_a_direction(self, app: Application, project: Project) -> None:
        correction = MetricCorrection("loss", direction=Direction.NEITHER)
        with pytest.raises(InvalidInput, match="neither direction is better"):
            change_settings(app, project.id, SettingsChange([correction], budgets={"loss": 1.0}))

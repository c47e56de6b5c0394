"""The audit trail names who did what, outlives what it names, and is for administrators."""

from datetime import timedelta

import pytest

from core.domain.access.audit import Action, AuditQuery
from core.domain.access.caller import CallerKind, Role
from core.domain.ids import RunId
from core.domain.model import Model
from core.errors import Forbidden
from core.services.access.audit import audit_trail
from core.services.application import Application
from core.services.measurements.measurements import queue_evaluation
from core.services.models.annotations import annotate
from core.services.models.models import delete_models
from core.services.projects.saved_views import SavedViewRequest, delete_view, save_view
from core.services.queue.runs import cancel_runs, retry_runs, set_priority
from core.testing.fakes import SettableClock, acting_as


def test_it_says_who_did_what_to_what(app: Application, base: Model, clock: SettableClock) -> None:
    ada = acting_as(app, "ada")
    (run_id,) = queue_evaluation(app, [base.id])
    assert cancel_runs(ada, [run_id]) == (run_id,)
    clock.advance(60)
    retry_runs(acting_as(app, "bob"), [run_id])
    latest, before, *_ = audit_trail(app)
    assert (latest.who, latest.action, latest.at) == ("bob", Action.RETRIED, clock.now())
    assert latest.at - before.at == timedelta(seconds=60)
    assert (before.who, before.role, before.kind) == ("ada", Role.EDITOR, CallerKind.ACCOUNT)
    assert (before.action, before.subject.kind, before.subject.ids) == (Action.CANCELLED, "run", (run_id,))
    assert before.subject.project_id == base.project_id


def test_it_outlives_what_it_names(app: Application, base: Model) -> None:
    view = save_view(app, SavedViewRequest(base.project_id, "Small ones", "x=size"))
    delete_view(acting_as(app, "ada"), view.id)
    delete_models(acting_as(app, "ada"), [base.id], with_descendants=True)
    models, views = audit_trail(app, AuditQuery(action=Action.DELETED))
    assert (models.subject.kind, base.name in models.subject.told) == ("model", True)
    assert (views.subject.kind, views.subject.told) == ("saved view", "Small ones")


def test_it_can_be_searched(app: Application, base: Model, clock: SettableClock) -> None:
    annotate(acting_as(app, "ada"), [base.id], archived=True)
    clock.advance(3600)
    annotate(acting_as(app, "Bob_1"), [base.id], archived=False)
    annotate(acting_as(app, "Bob_1"), [base.id], note="small")
    assert base.making_run_id is not None
    set_priority(acting_as(app, "ada"), [base.making_run_id], priority=7)

    def actions(**wanted: object) -> list[Action]:
        return [event.action for event in audit_trail(app, AuditQuery(**wanted))]  # type: ignore[arg-type]

    assert actions(who="Bob_1") == [Action.CHANGED, Action.UNARCHIVED]
    assert actions(text="bob_1") == [Action.CHANGED, Action.UNARCHIVED]
    assert actions(text="bobx1") == []
    assert actions(text="PRIORITY 7") == [Action.CHANGED]
    assert actions(action=Action.ARCHIVED) == [Action.ARCHIVED]
    assert Action.ARCHIVED not in actions(since=clock.now())
    assert len(actions(limit=1)) == 1
    newest = audit_trail(app)[0]
    assert newest.id not in [event.id for event in audit_trail(app, AuditQuery(before_id=newest.id))]


def test_stars_and_what_changed_nothing_are_left_out(app: Application, base: Model) -> None:
    before = len(audit_trail(app))
    annotate(app, [base.id], starred=True)
    annotate(app, [base.id], archived=False)
    cancel_runs(app, [])
    assert len(audit_trail(app)) == before


def test_what_fails_leaves_no_entry(app: Application, base: Model) -> None:
    before = len(audit_trail(app))
    with pytest.raises(Exception, match="no runs with ids"):
        cancel_runs(app, [RunId(999_999)])
    assert len(audit_trail(app)) == before


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_it_is_for_administrators(app: Application, role: Role) -> None:
    with pytest.raises(Forbidden, match="needs an administrator"):
        audit_trail(acting_as(app, "ada", role))

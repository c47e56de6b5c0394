"""Note in the audit trail what callers do, and search it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from core.domain.access.audit import Action, AuditEvent, AuditQuery, Subject
from core.domain.access.caller import Caller, Role
from core.domain.ids import ProjectId
from core.domain.model import Model
from core.persistence.unit_of_work import UnitOfWork
from core.presentation.lists import listed
from core.services.access.roles import needs
from core.services.application import Application

MOST_LISTED = 1_000


def note(uow: UnitOfWork, app: Application, action: Action, subject: Subject) -> None:
    """Add an entry in the transaction of what is done, so that both are committed or neither is."""
    note_by(uow, app, app.caller, (action, subject))


def note_by(
    uow: UnitOfWork, app: Application, caller: Caller, done: tuple[Action, Subject], *, address: str = ""
) -> None:
    """Add an entry about another caller than the present one, e.g. who is signing in."""
    action, subject = done
    uow.audit.add(
        AuditEvent(
            id=0,
            at=app.clock.now(),
            who=caller.name,
            role=caller.role,
            kind=caller.kind,
            action=action,
            subject=subject,
            count=len(subject.ids),
            address=address or caller.address,
        )
    )


def note_runs(
    uow: UnitOfWork, app: Application, action: Action, run_ids: Iterable[int], *, told: str = ""
) -> None:
    """Note what is done to runs; nothing where there are none."""
    ids = tuple(int(one) for one in run_ids)
    if ids:
        found = uow.runs.get(ids[:1])  # type: ignore[arg-type]  # ids of runs as plain numbers
        project_id = next((run.project_id for run in found.values()), None)
        note(uow, app, action, Subject("run", ids, told, project_id))


def note_models(uow: UnitOfWork, app: Application, action: Action, models: Iterable[Model]) -> None:
    """Note what is done to models, one entry per project."""
    by_project: dict[ProjectId, list[Model]] = {}
    for model in models:
        by_project.setdefault(model.project_id, []).append(model)
    for project_id, found in by_project.items():
        told = listed(model.name for model in found)
        note(uow, app, action, Subject("model", tuple(int(one.id) for one in found), told, project_id))


@needs(Role.ADMINISTRATOR)
def audit_trail(app: Application, query: AuditQuery | None = None) -> list[AuditEvent]:
    """Return the entries that match, newest first."""
    wanted = query or AuditQuery()
    wanted = replace(wanted, limit=max(1, min(wanted.limit, MOST_LISTED)))
    with app.unit_of_work() as uow:
        return uow.audit.list(wanted)

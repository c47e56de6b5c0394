"""Artifacts that nothing refers to: list and remove them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.access.audit import Action, Subject
from core.domain.access.caller import Role
from core.ports import StoredArtifact
from core.presentation.sizes import file_size
from core.services.access.audit import note
from core.services.access.roles import needs, require_all_projects
from core.services.application import Application

GRACE = timedelta(hours=24)
"""Age below which an artifact counts as being written: a run stores it before the database names it."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Stored:
    """What the artifact store holds. missing: keys that the database needs and the store lacks.

    recent: not referred to, but younger than the grace period.
    """

    used: tuple[StoredArtifact, ...]
    recent: tuple[StoredArtifact, ...]
    unused: tuple[StoredArtifact, ...]
    missing: tuple[str, ...]


@needs(Role.ADMINISTRATOR)
def stored_artifacts(app: Application, *, grace: timedelta = GRACE) -> Stored:
    """Return what the store holds, by whether something refers to it.

    The store is listed before the database is read, so that what is being stored meanwhile is not seen.
    """
    require_all_projects(app)
    found = sorted(app.artifacts.list(), key=lambda one: -one.size_bytes)
    since = app.clock.now() - grace
    with app.unit_of_work() as uow:
        needed, named = uow.artifact_references.needed(), uow.artifact_references.all()
    unnamed = [one for one in found if one.key not in named]
    return Stored(
        used=tuple(one for one in found if one.key in named),
        recent=tuple(one for one in unnamed if one.written_at > since),
        unused=tuple(one for one in unnamed if one.written_at <= since),
        missing=tuple(sorted(needed - {one.key for one in found})),
    )


@needs(Role.ADMINISTRATOR)
def remove_unused_artifacts(app: Application, *, grace: timedelta = GRACE) -> list[StoredArtifact]:
    """Remove artifacts that nothing refers to and that are older than the grace period; return them.

    One at a time, each looked up again: what a run stores again meanwhile is young, and stays.
    """
    since = app.clock.now() - grace
    removed = [one for one in stored_artifacts(app, grace=grace).unused if _remove(app, one, since)]
    if removed:
        size = file_size(sum(one.size_bytes for one in removed))
        with app.unit_of_work(writing=True) as uow:
            told = f"{len(removed):,} unused, {size}"
            note(uow, app, Action.DELETED, Subject("artifact", told=told))
            uow.commit()
        log.info("Unused artifacts removed", extra={"artifacts": len(removed), "size": size})
    return removed


def _remove(app: Application, artifact: StoredArtifact, since: datetime) -> bool:
    with app.unit_of_work(writing=True) as uow:  # nobody can begin to refer to it meanwhile
        if artifact.key in uow.artifact_references.all():
            return False
        return app.artifacts.delete_older(artifact.key, since)

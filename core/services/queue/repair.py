"""Find the checkpoints that a retry needs and that are missing or damaged, so that they are made again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from core.domain.ids import ModelId, RunId
from core.domain.model import Model
from core.domain.queue.run import MAKING, UNSUCCESSFUL, Run, RunStatus
from core.errors import CorruptArtifact
from core.persistence.unit_of_work import UnitOfWork
from core.ports import ArtifactStore
from core.services.application import Application


@dataclass(frozen=True)
class Ruined:
    """Making runs that succeeded once and whose checkpoint is gone, in order of their models' descent.

    needs: pairs of a run and the ruined run whose model it starts from.
    """

    run_ids: tuple[RunId, ...] = ()
    needs: tuple[tuple[RunId, RunId], ...] = ()


NOTHING_RUINED = Ruined()


def ruined_below(app: Application, run_ids: Collection[RunId]) -> Ruined:
    """Return what has to be made again for these runs to succeed.

    Asked only about runs that stumbled over a damaged checkpoint, and about finished runs that made one:
    verifying reads whole files. Stores that do not answer raise `Unavailable`.
    """
    with app.unit_of_work() as uow:
        runs = [run for run in uow.runs.get(run_ids).values() if _suspicious(run)]
        family = _family(uow, {run.model_id for run in runs})
    found: dict[RunId, None] = {}
    needs: dict[tuple[RunId, RunId], None] = {}
    pending = [pair for run in reversed(runs) for pair in _needed_by(run, family)]
    while pending:
        needed_by, model = pending.pop()
        making_id = model.making_run_id
        if making_id is None or not _damaged(app.artifacts, model):
            continue
        if needed_by != making_id:
            needs[needed_by, making_id] = None
        if making_id not in found:
            found[making_id] = None
            pending += [(making_id, parent) for parent in _parents(model, family)]
    return Ruined(tuple(found), tuple(needs))


def _family(uow: UnitOfWork, model_ids: Collection[ModelId]) -> dict[ModelId, Model]:
    """Return the models and all that they descend from, by parents and by teachers."""
    family: dict[ModelId, Model] = {}
    missing = set(model_ids)
    while missing:
        found = uow.models.get(missing)
        family |= found
        missing = {one for model in found.values() for one in model.parent_ids if one not in family}
    return family


def _needed_by(run: Run, family: Mapping[ModelId, Model]) -> list[tuple[RunId, Model]]:
    """Return the models that a run loads; its own one not if it is about to make that."""
    model = family[run.model_id]
    makes_it = model.making_run_id == run.id and run.status in UNSUCCESSFUL
    return [(run.id, needed) for needed in (_parents(model, family) if makes_it else [model])]


def _parents(model: Model, family: Mapping[ModelId, Model]) -> list[Model]:
    return [family[one] for one in model.parent_ids if one in family]


def _suspicious(run: Run) -> bool:
    stumbled = run.error is not None and run.error.code == CorruptArtifact.code
    return (run.status in UNSUCCESSFUL and stumbled) or (
        run.status is RunStatus.SUCCEEDED and run.kind in MAKING
    )


def _damaged(artifacts: ArtifactStore, model: Model) -> bool:
    if not model.ready or model.artifact is None:
        return False
    try:
        artifacts.fetch(model.artifact)
    except CorruptArtifact:
        return True
    return False

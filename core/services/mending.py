"""Find the checkpoints that a retry needs and that are missing or damaged, so that they are made again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from core.domain.ids import RunId
from core.domain.model import Model
from core.domain.run import MAKING, UNSUCCESSFUL, Run, RunStatus
from core.errors import CorruptArtifact
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
        lineages = {run.id: uow.models.lineage(run.model_id) for run in runs}
    found: dict[RunId, None] = {}
    needs: dict[tuple[RunId, RunId], None] = {}
    for run in runs:
        needed_by = run.id
        for model in reversed(lineages[run.id]):
            if model.making_run_id == run.id and run.status in UNSUCCESSFUL:
                continue  # it is about to be made
            if model.making_run_id is None or not _damaged(app.artifacts, model):
                break
            found[model.making_run_id] = None
            if needed_by != model.making_run_id:
                needs[needed_by, model.making_run_id] = None
            needed_by = model.making_run_id
    return Ruined(tuple(found), tuple(needs))


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

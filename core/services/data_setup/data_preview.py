"""Previews of a project's data: kept by whoever reads a split, shown to everybody."""

from __future__ import annotations

from core.domain.access.caller import Role
from core.domain.data.data_preview import DataPreview, DataSummary
from core.domain.project import Dataset, Project
from core.persistence.unit_of_work import UnitOfWork
from core.services.access.roles import needs
from core.services.application import Application


def previews(app: Application, dataset: Dataset) -> list[DataPreview]:
    """Return what was seen of a data set as it is set up now, the split for testing first."""
    with app.unit_of_work() as uow:
        return uow.data_previews.of(dataset)


def summaries(app: Application, project: Project) -> list[DataSummary]:
    """Return the figures of all splits of a project's data that somebody has read."""
    with app.unit_of_work() as uow:
        return uow.data_previews.summaries(project.datasets)


def previewed(app: Application, dataset: Dataset) -> dict[str, str]:
    """Return the fingerprints of the instances that previews were made of, by split."""
    with app.unit_of_work() as uow:
        return uow.data_previews.fingerprints(dataset)


def unseen(app: Application, split: str) -> list[Dataset]:
    """Return the data sets, newest first, of which nobody could read the split yet."""
    with app.unit_of_work() as uow:
        return uow.data_previews.unseen(split)


@needs(Role.ADMINISTRATOR)
def keep_preview(app: Application, dataset: Dataset, preview: DataPreview, *, fingerprint: str) -> None:
    """Store the preview of a split in place of an older one, unless the data set was changed meanwhile."""
    with app.unit_of_work(writing=True) as uow:
        if _is_present(uow, dataset):
            uow.data_previews.put(dataset, preview, fingerprint=fingerprint, at=app.clock.now())
            uow.commit()


@needs(Role.ADMINISTRATOR)
def keep_failure(app: Application, dataset: Dataset, split: str, told: str) -> None:
    """Store why a split cannot be read, unless somebody could, or the data set was changed meanwhile."""
    with app.unit_of_work(writing=True) as uow:
        if _is_present(uow, dataset):
            uow.data_previews.put_failure(dataset, split, told, at=app.clock.now())
            uow.commit()


def _is_present(uow: UnitOfWork, dataset: Dataset) -> bool:
    """Lock the project and return whether its data set is still set up like this."""
    uow.projects.touch(dataset.project_id)
    project = uow.projects.find(int(dataset.project_id))
    return project is not None and dataset in project.datasets

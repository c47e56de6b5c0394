"""Projects and their data sets in the database."""

from __future__ import annotations

import builtins
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.domain.condition import Protocol
from core.domain.ids import DatasetId, ProjectId
from core.domain.measurement.variants import Variant
from core.domain.metric import Authority, MetricDefinition
from core.domain.project import Dataset, Project
from core.persistence.mapping.mapping import dataset_of, dataset_row, project_of, project_row
from core.persistence.repositories.revisions import Revisions
from core.persistence.tables.tables import DatasetRow, ProjectRow


class ProjectRepository:
    """Reads, adds and changes projects; those who change one touch it first."""

    def __init__(self, session: Session, revisions: Revisions) -> None:
        self._session = session
        self._revisions = revisions

    def list(self) -> list[Project]:
        """Return all projects, oldest first."""
        return self._found(sa.select(ProjectRow))

    def slugs(self) -> builtins.list[str]:
        """Return the short names that are taken."""
        return list(self._session.scalars(sa.select(ProjectRow.slug).order_by(ProjectRow.slug)))

    def find(self, slug_or_id: str | int) -> Project | None:
        """Return the project of that short name or id, None if there is none."""
        column: sa.SQLColumnExpression[str] | sa.SQLColumnExpression[int] = ProjectRow.slug
        if isinstance(slug_or_id, int):
            column = ProjectRow.id
        return next(iter(self._found(sa.select(ProjectRow).where(column == slug_or_id))), None)

    def add(self, project: Project, datasets: Iterable[Dataset] = ()) -> Project:
        """Insert a project with its data sets and return it with their ids."""
        row = project_row(project)
        self._session.add(row)
        self._session.flush()
        rows = [dataset_row(dataset, row.id) for dataset in datasets]
        self._session.add_all(rows)
        self._session.flush()
        return project_of(row, rows)

    def revision(self, project_id: ProjectId) -> int | None:
        """Return the project's present revision, None if there is no such project."""
        return self._session.scalar(sa.select(ProjectRow.revision).where(ProjectRow.id == project_id))

    def touch(self, project_id: ProjectId) -> int:
        """Lock the project until the end and return the revision of this transaction; `NotFound`."""
        return self._revisions.touch(project_id)

    def define_metrics(self, project_id: ProjectId, definitions: Iterable[MetricDefinition]) -> None:
        """Add metrics that the project did not know; replace known ones that no person corrected."""
        wanted = {metric.name: metric for metric in definitions}
        if not wanted:
            return
        present = self._session.scalars(
            sa.select(ProjectRow.metrics).where(ProjectRow.id == project_id)
        ).one()
        corrected = {metric.name: metric for metric in present if metric.authority is Authority.CORRECTED}
        kept = {
            name: replace(metric, depends_on=wanted[name].depends_on) if name in wanted else metric
            for name, metric in corrected.items()
        }
        by_name = {metric.name: metric for metric in present} | wanted | kept
        if tuple(by_name.values()) != present:
            self._update(project_id, metrics=tuple(by_name.values()))

    def set_metrics(
        self,
        project_id: ProjectId,
        metrics: tuple[MetricDefinition, ...],
        *,
        primary: Iterable[str],
        budgets: Mapping[str, float],
    ) -> None:
        """Replace what the metrics of a project mean, which lead, and what may not be passed.

        Metrics that are derived from others follow those.
        """
        metrics = tuple(metric for metric in metrics if metric.variant_of is None)
        self._update(project_id, metrics=metrics, primary_metrics=list(primary), budgets=dict(budgets))

    def set_acceptable_loss(self, project_id: ProjectId, loss: float) -> None:
        """Replace what quality may lose against the base where it has no budget."""
        self._update(project_id, acceptable_loss=loss)

    def set_most_running(self, project_id: ProjectId, most: int | None) -> None:
        """Replace how many runs of the project may be carried out at once; None: any number."""
        self._update(project_id, most_running=most)

    def set_protocol(self, project_id: ProjectId, protocol: Protocol) -> None:
        """Replace the conditions that the plain names of metrics stand for."""
        self._update(project_id, protocol=protocol)

    def set_variants(self, project_id: ProjectId, variants: tuple[Variant, ...]) -> None:
        """Replace which metrics have values under other conditions."""
        self._update(project_id, variants=variants)

    def variants(self, project_id: ProjectId) -> tuple[Variant, ...]:
        """Return which metrics have values under other conditions."""
        return self._session.scalars(sa.select(ProjectRow.variants).where(ProjectRow.id == project_id)).one()

    def describe(self, project_id: ProjectId, *, name: str, description: str) -> None:
        """Replace name and description; the short name in addresses stays."""
        self._update(project_id, name=name, description=description)

    def add_dataset(self, project_id: ProjectId, dataset: Dataset) -> DatasetId:
        """Insert a data set and return its id."""
        row = dataset_row(dataset, project_id)
        self._session.add(row)
        self._session.flush()
        return DatasetId(row.id)

    def dataset(self, dataset_id: DatasetId) -> Dataset | None:
        """Return a data set, None if there is none of that id."""
        row = self._session.get(DatasetRow, dataset_id)
        return None if row is None else dataset_of(row)

    def rename_dataset(self, dataset_id: DatasetId, name: str) -> None:
        """Give a data set another name."""
        statement = sa.update(DatasetRow).where(DatasetRow.id == dataset_id).values(name=name)
        self._session.execute(statement.execution_options(synchronize_session=False))

    def delete_dataset(self, dataset_id: DatasetId) -> None:
        """Delete a data set; what was measured on it would go along."""
        self._session.execute(sa.delete(DatasetRow).where(DatasetRow.id == dataset_id))

    def set_dataset_parameters(self, dataset_id: DatasetId, parameters: Mapping[str, Any]) -> None:
        """Replace the parameters of a data set's source."""
        self._session.execute(
            sa.update(DatasetRow)
            .where(DatasetRow.id == dataset_id)
            .values(parameters=dict(parameters))
            .execution_options(synchronize_session=False)
        )

    def set_class_labels(self, dataset_id: DatasetId, labels: Mapping[str, str]) -> None:
        """Replace what people call the classes of a data set."""
        statement = sa.update(DatasetRow).where(DatasetRow.id == dataset_id)
        statement = statement.values(class_labels=dict(labels))
        self._session.execute(statement.execution_options(synchronize_session=False))

    def _update(self, project_id: ProjectId, **values: Any) -> None:
        self._session.execute(
            sa.update(ProjectRow)
            .where(ProjectRow.id == project_id)
            .values(**values)
            .execution_options(synchronize_session=False)
        )

    def _found(self, query: sa.Select[ProjectRow]) -> builtins.list[Project]:
        rows = self._session.scalars(query.order_by(ProjectRow.id)).all()
        datasets: dict[int, builtins.list[DatasetRow]] = defaultdict(builtins.list)
        owners = [row.id for row in rows]
        for dataset in self._session.scalars(
            sa.select(DatasetRow).where(DatasetRow.project_id.in_(owners)).order_by(DatasetRow.id)
        ):
            datasets[dataset.project_id].append(dataset)
        return [project_of(row, datasets[row.id]) for row in rows]

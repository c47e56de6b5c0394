"""Models and the edges between them in the database."""

from __future__ import annotations

import builtins
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from core.domain.ids import ExperimentId, ModelId, ProjectId
from core.domain.measurement.figures import Figures
from core.domain.model import EdgeRole, Model
from core.domain.origin import Origin
from core.domain.queue.run import ACTIVE, MAKING
from core.errors import Conflict
from core.persistence.chunks import chunks, possible
from core.persistence.mapping.mapping import model_columns, model_of
from core.persistence.repositories.revisions import Revisions, present_revision
from core.persistence.tables.tables import EdgeRow, ModelRow, RunRow

_KEPT_APART = {"manifest", "own_metrics", "revision"}
_COLUMNS = [
    getattr(ModelRow, column.key) for column in ModelRow.__table__.columns if column.name not in _KEPT_APART
]


class ModelRepository:
    """Reads and writes models; those who write touch the project first."""

    def __init__(self, session: Session, revisions: Revisions) -> None:
        self._session = session
        self._revisions = revisions

    def list(
        self, project_id: ProjectId, *, since: int | None = None, deleted: bool = False
    ) -> builtins.list[Model]:
        """Return models that are not deleted, in order of id; only those changed after `since` if given.

        With `deleted`, return those that are.
        """
        present = ModelRow.deleted_at.is_not(None) if deleted else ModelRow.deleted_at.is_(None)
        where = [ModelRow.project_id == project_id, present]
        if since is not None:
            where.append(ModelRow.revision > since)
        return self._found(*where)

    def removed(self, project_id: ProjectId, *, since: int) -> builtins.list[ModelId]:
        """Return the ids of models deleted after revision `since`."""
        query = sa.select(ModelRow.id).where(
            ModelRow.project_id == project_id, ModelRow.deleted_at.is_not(None), ModelRow.revision > since
        )
        return [ModelId(model_id) for model_id in self._session.scalars(query.order_by(ModelRow.id))]

    def tags(self, project_id: ProjectId) -> builtins.list[builtins.list[str]]:
        """Return the tags of every model that is not deleted."""
        query = sa.select(ModelRow.tags).where(
            ModelRow.project_id == project_id, ModelRow.deleted_at.is_(None)
        )
        return [*self._session.scalars(query)]

    def get(self, model_ids: Collection[ModelId]) -> dict[ModelId, Model]:
        """Return the models of these ids that exist, deleted ones too."""
        found = [
            model for part in chunks(possible(model_ids)) for model in self._found(ModelRow.id.in_(part))
        ]
        return {model.id: model for model in found}

    def by_identity(self, project_id: ProjectId, identities: Collection[str]) -> dict[str, Model]:
        """Return the models with these identities that are not deleted."""
        here = sa.and_(ModelRow.project_id == project_id, ModelRow.deleted_at.is_(None))
        found = [
            model for part in chunks(identities) for model in self._found(here, ModelRow.identity.in_(part))
        ]
        return {model.identity: model for model in found}

    def of_experiment(
        self, experiment_id: ExperimentId, *, deleted_at: datetime | None = None
    ) -> builtins.list[ModelId]:
        """Return the ids of the models an experiment made or will make: present ones, or deleted then."""
        then = ModelRow.deleted_at.is_(None) if deleted_at is None else ModelRow.deleted_at == deleted_at
        query = sa.select(ModelRow.id).where(ModelRow.experiment_id == experiment_id, then)
        return [ModelId(model_id) for model_id in self._session.scalars(query.order_by(ModelRow.id))]

    def lineage(self, model_id: ModelId) -> builtins.list[Model]:
        """Return the model and its ancestors, the base first; empty if there is no such model."""
        above = sa.select(sa.literal(int(model_id)).label("id"), sa.literal(0).label("depth")).cte(
            "lineage", recursive=True
        )
        parents = sa.select(EdgeRow.parent_id, above.c.depth + 1).where(
            EdgeRow.child_id == above.c.id, EdgeRow.role == EdgeRole.PARENT
        )
        above = above.union_all(parents)
        ordered = self._session.scalars(sa.select(above.c.id).order_by(above.c.depth.desc())).all()
        found = self.get(ordered)
        return [found[ModelId(ancestor)] for ancestor in ordered if ModelId(ancestor) in found]

    def descendants(self, model_ids: Collection[ModelId]) -> builtins.list[Model]:
        """Return the models made from these, directly or not, by parent or teacher, that are not deleted."""
        found: dict[ModelId, Model] = {}
        for part in chunks(model_ids):
            below = (
                sa.select(EdgeRow.child_id).where(EdgeRow.parent_id.in_(part)).cte("below", recursive=True)
            )
            below = below.union(sa.select(EdgeRow.child_id).where(EdgeRow.parent_id == below.c.child_id))
            inside = ModelRow.id.in_(sa.select(below.c.child_id))
            found |= {model.id: model for model in self._found(inside, ModelRow.deleted_at.is_(None))}
        return [found[model_id] for model_id in sorted(found)]

    def count_children(self, model_id: ModelId) -> int:
        """Return how many models that are not deleted were made directly from this one."""
        query = (
            sa.select(sa.func.count(sa.distinct(EdgeRow.child_id)))
            .join(ModelRow, ModelRow.id == EdgeRow.child_id)
            .where(EdgeRow.parent_id == model_id, ModelRow.deleted_at.is_(None))
        )
        return self._session.scalar(query) or 0

    def add(self, models: Sequence[Model]) -> builtins.list[ModelId]:
        """Insert new models of one project with the edges to their parents; return their ids in order."""
        if not models:
            return []
        revision = self._revisions.touch(models[0].project_id)
        statement = sa.insert(ModelRow).returning(ModelRow.id, sort_by_parameter_order=True)
        rows = [model_columns(model, revision) for model in models]
        ids = [ModelId(model_id) for model_id in self._session.scalars(statement, rows)]
        edges: builtins.list[dict[str, Any]] = [
            {"child_id": model_id, "parent_id": parent_id, "role": role}
            for model_id, model in zip(ids, models, strict=True)
            for role, parent_id in ((EdgeRole.PARENT, model.parent_id), (EdgeRole.TEACHER, model.teacher_id))
            if parent_id is not None
        ]
        if edges:
            self._session.execute(sa.insert(EdgeRow), edges)
        return ids

    def link(self, child_id: ModelId, parent_id: ModelId, role: EdgeRole = EdgeRole.PARENT) -> None:
        """Add an edge between models that exist.

        Raises:
            Conflict: the parent was itself made from the child, so that the graph would have a cycle.
        """
        below = {model.id for model in self.descendants([child_id])}
        if parent_id == child_id or parent_id in below:
            message = f"Model {parent_id} cannot be a parent of model {child_id}: it was made from it."
            raise Conflict(message, "A model cannot descend from itself; check the parents.")
        self._session.execute(
            sa.insert(EdgeRow), [{"child_id": child_id, "parent_id": parent_id, "role": role}]
        )

    def set_made(
        self,
        model_id: ModelId,
        *,
        artifact: str,
        manifest: Mapping[str, Any],
        at: datetime,
        origin: Origin | None = None,
    ) -> None:
        """Note where the model's checkpoint is, and what made its weights what they are."""
        values = {"artifact": artifact, "manifest": dict(manifest), "made_at": at, "origin": origin}
        self._update([model_id], **values)

    def set_manifest(self, model_id: ModelId, manifest: Mapping[str, Any]) -> None:
        """Replace what was noted of the model's weights."""
        self._update([model_id], manifest=dict(manifest))

    def manifest(self, model_id: ModelId) -> dict[str, Any]:
        """Return what was noted of the model's checkpoint: architecture, forms, claims; empty if not made."""
        found = self._session.scalars(sa.select(ModelRow.manifest).where(ModelRow.id == model_id)).first()
        return dict(found or {})

    def own_metrics(self, model_ids: Collection[ModelId]) -> dict[ModelId, Mapping[str, float]]:
        """Return the facts of the models themselves, which no measuring condition belongs to."""
        found: dict[ModelId, Mapping[str, float]] = {}
        for part in chunks(model_ids):
            query = sa.select(ModelRow.id, ModelRow.own_metrics).where(ModelRow.id.in_(part))
            found |= {ModelId(model_id): own for model_id, own in self._session.execute(query)}
        return found

    def with_weights(self, project_id: ProjectId) -> builtins.list[ModelId]:
        """Return the models that have weights and are not deleted, in order of id."""
        has = (ModelRow.artifact.is_not(None), ModelRow.deleted_at.is_(None))
        query = sa.select(ModelRow.id).where(ModelRow.project_id == project_id, *has)
        return [ModelId(model_id) for model_id in self._session.scalars(query.order_by(ModelRow.id))]

    def artifacts(self, model_ids: Collection[ModelId]) -> dict[ModelId, str | None]:
        """Return the key of each model's checkpoint, None before it was made."""
        found: dict[ModelId, str | None] = {}
        for part in chunks(model_ids):
            query = sa.select(ModelRow.id, ModelRow.artifact).where(ModelRow.id.in_(part))
            found |= {ModelId(model_id): artifact for model_id, artifact in self._session.execute(query)}
        return found

    def set_own_metrics(self, model_id: ModelId, metrics: Mapping[str, float]) -> None:
        """Replace the facts of the model itself."""
        self._update([model_id], own_metrics=dict(metrics))

    def set_figures(self, model_id: ModelId, figures: Figures) -> None:
        """Replace what lists show of the model; see `core.services.figures`."""
        self._update(
            [model_id],
            metrics=dict(figures.metrics),
            intervals=dict(figures.intervals),
            caveats=dict(figures.caveats),
            instances=figures.instances,
        )

    def annotate(self, model_ids: Collection[ModelId], **values: Any) -> None:
        """Replace what people wrote on the models: `note`, `tags`, `starred`, `archived`."""
        self._update(model_ids, **values)

    def delete(self, model_ids: Collection[ModelId], at: datetime) -> None:
        """Hide the models."""
        self._update(model_ids, deleted_at=at)

    def restore(self, model_ids: Collection[ModelId]) -> None:
        """Show the models again."""
        self._update(model_ids, deleted_at=None)

    def _update(self, model_ids: Collection[ModelId], **values: Any) -> None:
        for part in chunks(model_ids):
            self._session.execute(
                sa.update(ModelRow)
                .where(ModelRow.id.in_(part))
                .values(revision=present_revision(ModelRow.project_id), **values)
                .execution_options(synchronize_session=False)
            )

    def _found(self, *where: sa.ColumnElement[bool]) -> builtins.list[Model]:
        query = _with_making_run(where).where(*where).order_by(ModelRow.id)
        return [model_of(row) for row in self._session.execute(query)]


_MAKING_RUN = aliased(RunRow)
_PARENT, _TEACHER = aliased(EdgeRow), aliased(EdgeRow)


def _with_making_run(where: Sequence[sa.ColumnElement[bool]]) -> sa.Select[Any]:
    """Return the query of models with what other tables know of them."""
    busy = (
        sa.select(RunRow.model_id, sa.func.count().label("work"))
        .join(ModelRow, ModelRow.id == RunRow.model_id)
        .where(RunRow.status.in_(ACTIVE), RunRow.kind.not_in(MAKING), *where)
        .group_by(RunRow.model_id)
        .subquery()
    )
    return (
        sa.select(
            *_COLUMNS,
            _MAKING_RUN.id.label("making_run_id"),
            _MAKING_RUN.status.label("status"),
            _MAKING_RUN.progress.label("progress"),
            _PARENT.parent_id.label("parent_id"),
            _TEACHER.parent_id.label("teacher_id"),
            busy.c.work.label("work"),
        )
        .outerjoin(_MAKING_RUN, sa.and_(_MAKING_RUN.model_id == ModelRow.id, _MAKING_RUN.kind.in_(MAKING)))
        .outerjoin(_PARENT, sa.and_(_PARENT.child_id == ModelRow.id, _PARENT.role == EdgeRole.PARENT))
        .outerjoin(_TEACHER, sa.and_(_TEACHER.child_id == ModelRow.id, _TEACHER.role == EdgeRole.TEACHER))
        .outerjoin(busy, busy.c.model_id == ModelRow.id)
    )

"""Figures: values are derived from what was measured under the project's protocol, no longer merged."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from core.persistence.migrations.former_figures import (
    definition_with_parts,
    efficiency_protocol,
    evaluation_intervals,
    own_metrics,
    profile_intervals,
)

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_NEW = {
    "projects": {"protocol": "{}", "variants": "[]"},
    "models": {"own_metrics": "{}", "intervals": "{}", "caveats": "{}"},
    "evaluations": {"intervals": "{}"},
    "profiles": {"intervals": "{}"},
}

_projects = sa.table(
    "projects", sa.column("id"), sa.column("metrics", sa.JSON), sa.column("protocol", sa.JSON)
)
_datasets = sa.table("datasets", sa.column("id"), sa.column("project_id"))
_models = sa.table(
    "models",
    sa.column("id"),
    sa.column("project_id"),
    sa.column("metrics", sa.JSON),
    sa.column("own_metrics", sa.JSON),
)
_evaluations = sa.table(
    "evaluations",
    sa.column("id"),
    sa.column("model_id"),
    sa.column("instances"),
    sa.column("metrics", sa.JSON),
    sa.column("intervals", sa.JSON),
)
_profiles = sa.table(
    "profiles",
    sa.column("id"),
    sa.column("model_id"),
    sa.column("device"),
    sa.column("metrics", sa.JSON),
    sa.column("environment", sa.JSON),
    sa.column("intervals", sa.JSON),
)


def upgrade() -> None:
    for table, columns in _NEW.items():
        for name, default in columns.items():
            op.add_column(table, sa.Column(name, sa.JSON(), nullable=False, server_default=default))
    op.add_column("models", sa.Column("instances", sa.Integer(), nullable=True))
    connection = op.get_bind()
    for project in connection.execute(sa.select(_projects.c.id, _projects.c.metrics)).all():
        _carry_over(connection, project)


def downgrade() -> None:
    op.drop_column("models", "instances")
    for table, columns in _NEW.items():
        for name in columns:
            op.drop_column(table, name)


def _carry_over(connection: sa.Connection, project: Any) -> None:
    """Part the models' merged metrics into their own facts and what was measured, and set the protocol."""
    datasets = sa.select(_datasets.c.id).where(_datasets.c.project_id == project.id)
    dataset_id = connection.scalars(datasets.order_by(_datasets.c.id)).first()
    of_project = sa.select(_models.c.id).where(_models.c.project_id == project.id)
    measured = _evaluated(connection, of_project), _profiled(connection, of_project, dataset_id)
    first = measured[1][1]
    for model in connection.execute(
        sa.select(_models.c.id, _models.c.metrics).where(_models.c.project_id == project.id)
    ).all():
        names = measured[0].get(model.id, set()) | measured[1][0].get(model.id, set())
        _set(connection, _models, model.id, own_metrics=own_metrics(model.metrics, names))
    quality = {"dataset_id": dataset_id} if dataset_id is not None else None
    protocol = {"quality": quality, "efficiency": first}
    metrics = [definition_with_parts(each) for each in project.metrics]
    _set(connection, _projects, project.id, metrics=metrics, protocol=protocol)


def _evaluated(connection: sa.Connection, of_project: sa.Select[Any]) -> dict[int, set[str]]:
    """Give each evaluation its intervals; return the names of what was evaluated, by model."""
    names: dict[int, set[str]] = {}
    query = sa.select(_evaluations).where(_evaluations.c.model_id.in_(of_project))
    for row in connection.execute(query.order_by(_evaluations.c.id)).all():
        names.setdefault(row.model_id, set()).update(row.metrics)
        intervals = evaluation_intervals(connection, row.id, row.metrics, row.instances)
        _set(connection, _evaluations, row.id, intervals=intervals)
    return names


def _profiled(
    connection: sa.Connection, of_project: sa.Select[Any], dataset_id: int | None
) -> tuple[dict[int, set[str]], dict[str, Any] | None]:
    """Note the data of each profile; return the names of what was profiled and the first one's condition."""
    names: dict[int, set[str]] = {}
    first: dict[str, Any] | None = None
    query = sa.select(_profiles).where(_profiles.c.model_id.in_(of_project))
    for row in connection.execute(query.order_by(_profiles.c.id)).all():
        names.setdefault(row.model_id, set()).update(row.metrics)
        environment = {"dataset_id": dataset_id} | row.environment
        first = first or efficiency_protocol(row.device, environment)
        intervals = profile_intervals(row.metrics)
        _set(connection, _profiles, row.id, environment=environment, intervals=intervals)
    return names, first


def _set(connection: sa.Connection, table: sa.TableClause, row_id: int, **values: Any) -> None:
    connection.execute(sa.update(table).where(table.c.id == row_id).values(**values))

"""Models note what made their weights what they are; for those made before it is found in their runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.persistence.migrations.former_origins import Made, origin_of

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_models = sa.table(
    "models",
    sa.column("id"),
    sa.column("step", sa.JSON),
    sa.column("source", sa.JSON),
    sa.column("manifest", sa.JSON),
    sa.column("origin"),
)
_edges = sa.table("edges", sa.column("child_id"), sa.column("parent_id"), sa.column("role"))
_runs = sa.table("runs", sa.column("id"), sa.column("model_id"), sa.column("kind"), sa.column("status"))
_points = sa.table("curve_points", sa.column("run_id"))

_MAKING = ("train", "import", "compress")


def upgrade() -> None:
    op.add_column("models", sa.Column("origin", sa.String(16), nullable=True))
    connection = op.get_bind()
    found = [{"model_id": one, "found": origin} for one, origin in _origins(connection).items()]
    if found:
        statement = sa.update(_models).where(_models.c.id == sa.bindparam("model_id"))
        connection.execute(statement.values(origin=sa.bindparam("found")), found)


def downgrade() -> None:
    op.drop_column("models", "origin")


def _origins(connection: sa.Connection) -> dict[int, str]:
    """Return the origin of every model that is made."""
    kinds = _making_kinds(connection)
    curves = sa.select(_runs.c.model_id).where(_runs.c.id.in_(sa.select(_points.c.run_id)))
    learned = set(connection.scalars(curves))
    rows = connection.execute(sa.select(_models)).all()
    steps = {row.id: row.step for row in rows}
    pairs = sa.select(_edges.c.parent_id, _edges.c.child_id).where(_edges.c.role == "parent")
    first_steps: dict[int, list[str]] = {}
    for parent, child in connection.execute(pairs):
        if steps.get(child):
            first_steps.setdefault(parent, []).append(steps[child]["technique"])
    found = {}
    for row in rows:
        kind, status = kinds.get(row.id, ("", "succeeded"))
        if status == "succeeded":
            made = Made(kind, row.step, row.source, row.manifest, row.id in learned)
            found[row.id] = origin_of(made, first_steps.get(row.id, ()))
    return found


def _making_kinds(connection: sa.Connection) -> dict[int, tuple[str, str]]:
    query = sa.select(_runs.c.model_id, _runs.c.kind, _runs.c.status).where(_runs.c.kind.in_(_MAKING))
    return {row.model_id: (row.kind, row.status) for row in connection.execute(query)}

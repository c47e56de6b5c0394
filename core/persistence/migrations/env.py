"""Run by Alembic: applies migrations on the connection that `core.persistence.schema` hands over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.types import TypeDecorator

from core.persistence.tables.tables import Base


def render_item(kind: str, item: Any, _autogen: AutogenContext) -> str | Literal[False]:
    """Write types of our own as what they are in the database, so that migrations need none of our code."""
    if kind == "type" and isinstance(item, TypeDecorator):
        plain = item.impl_instance
        arguments = {"JSON": "", "DateTime": "timezone=True", "String": f"{getattr(plain, 'length', None)}"}
        return f"sa.{type(plain).__name__}({arguments[type(plain).__name__]})"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=render_item,
    compare_type=True,
)
context.run_migrations()

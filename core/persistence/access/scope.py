"""Confine what a transaction reads to one project, whatever is asked of its repositories."""

from __future__ import annotations

from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.orm.util import LoaderCriteriaOption

from core.domain.ids import ProjectId
from core.persistence.tables.tables import Base

_PROJECTS = "projects"
_BY_ROLE = frozenset(
    {
        "accounts",
        "account_identities",
        "sessions",
        "one_time_links",
        "share_links",
        "audit_events",
        "api_tokens",
    }
)
"""Tables whose services decide by role who reads them."""
_FOR_ALL = frozenset({"workers", *_BY_ROLE})
"""Tables that are not confined; workers say what techniques there are, and whether one runs."""


def confine(session: Session, project_id: ProjectId) -> None:
    """Leave out the rows of other projects, and of tables that belong to none, from all reads."""

    def restrict(state: ORMExecuteState) -> None:
        if state.is_select:
            state.statement = state.statement.options(*_criteria(int(project_id)))

    sa.event.listen(session, "do_orm_execute", restrict)


@lru_cache(maxsize=64)
def _criteria(project_id: int) -> tuple[LoaderCriteriaOption, ...]:
    mapped = [mapper.class_ for mapper in Base.registry.mappers]
    return tuple(
        with_loader_criteria(each, inside(each.__table__, project_id))
        for each in mapped
        if each.__tablename__ not in _FOR_ALL
    )


def inside(table: sa.Table, project_id: int) -> sa.ColumnElement[bool]:
    """Return whether a row belongs to a project, by its foreign keys; false in tables of no project."""
    if table.name == _PROJECTS:
        return table.c.id == project_id
    owners = [key for key in table.foreign_keys if key.ondelete == "CASCADE"]
    for key in sorted(owners, key=lambda key: (key.column.table.name != _PROJECTS, key.parent.name)):
        owner = key.column.table
        if owner.name == _PROJECTS:
            return key.parent == project_id
        if is_owned(owner):
            return key.parent.in_(sa.select(key.column).where(inside(owner, project_id)))
    return sa.false()


def is_owned(table: sa.Table) -> bool:
    """Return whether rows of a table belong to projects, directly or not."""
    owners = [key.column.table for key in table.foreign_keys if key.ondelete == "CASCADE"]
    return table.name == _PROJECTS or any(owner is not table and is_owned(owner) for owner in owners)

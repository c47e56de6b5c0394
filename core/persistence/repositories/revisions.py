"""Revisions: the number by which people's pages learn what changed in a project."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.errors import NotFound
from core.persistence.tables.tables import ProjectRow


class Revisions:
    """Gives each transaction one new revision per project that it changes.

    The first change takes the lock of the project's row and keeps it until the end. So changes of one
    project happen one after the other, revisions appear in their order, whoever has seen revision r has
    missed nothing up to r, and two transactions never wait for each other in a circle.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._taken: dict[int, int] = {}

    def touch(self, project_id: int) -> int:
        """Return the revision of this transaction's changes to the project.

        Raises:
            NotFound: there is no such project.
        """
        if project_id not in self._taken:
            statement = (
                sa.update(ProjectRow)
                .where(ProjectRow.id == project_id)
                .values(revision=ProjectRow.revision + 1)
                .returning(ProjectRow.revision)
            )
            revision = self._session.execute(statement).scalar_one_or_none()
            if revision is None:
                raise NotFound(f"There is no project with id {project_id}.", "Open the list of projects.")
            self._taken[project_id] = revision
        return self._taken[project_id]


def present_revision(project_id: sa.SQLColumnExpression[int]) -> sa.ScalarSelect[int]:
    """Return the expression that stamps changed rows: the revision of their project, touched before."""
    return sa.select(ProjectRow.revision).where(ProjectRow.id == project_id).scalar_subquery()

"""Saved views: keep an address of a project's page under a name, for oneself and for others."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from core.domain.access.audit import Action, Subject
from core.domain.access.caller import Role
from core.domain.ids import ProjectId, SavedViewId
from core.domain.saved.saved_view import SavedView
from core.domain.text import text_problems
from core.errors import InvalidInput, NotFound, Problem
from core.persistence.unit_of_work import UnitOfWork
from core.services.access.audit import note
from core.services.access.roles import needs
from core.services.application import Application

LONGEST_QUERY = 100_000
MOST_VIEWS = 1_000
"""Saved views that a project may have."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SavedViewRequest:
    """A saved view to be. `query` is what follows the question mark of the page's address."""

    project_id: ProjectId
    name: str
    query: str
    note: str = ""
    page: str = "overview"


@needs(Role.EDITOR)
def save_view(app: Application, request: SavedViewRequest) -> SavedView:
    """Keep a view under a new name.

    Raises:
        NotFound: there is no such project.
        InvalidInput: every problem, at `name` (empty, too long, taken), `note`, `query`, `page`.
    """
    with app.unit_of_work(writing=True) as uow:
        uow.projects.touch(request.project_id)
        taken = [view.name for view in uow.saved_views.list(request.project_id)]
        problems = [*_problems(request), *_name_problems(request.name, taken)]
        if len(taken) >= MOST_VIEWS:
            message = f"The project has {len(taken):,} saved views; there cannot be more."
            problems.append(Problem("", message, "Delete some first."))
        if problems:
            raise InvalidInput(problems)
        saved = uow.saved_views.add(_view(app, request))
        note(uow, app, Action.CREATED, Subject("saved view", (int(saved.id),), saved.name, saved.project_id))
        uow.commit()
    _logger.info("View saved", extra={"view": saved.id, "by": app.caller.name})
    return saved


def list_views(app: Application, project_id: ProjectId) -> list[SavedView]:
    """Return the saved views of a project, by name."""
    with app.unit_of_work() as uow:
        return uow.saved_views.list(project_id)


@needs(Role.EDITOR)
def delete_view(app: Application, view_id: SavedViewId) -> SavedView:
    """Forget a saved view and return it, so that it can be saved again; `NotFound` if there is none."""
    with app.unit_of_work(writing=True) as uow:
        present = _present(uow, view_id)
        uow.projects.touch(present.project_id)
        uow.saved_views.delete(view_id)
        note(
            uow, app, Action.DELETED, Subject("saved view", (int(view_id),), present.name, present.project_id)
        )
        uow.commit()
    _logger.info("View deleted", extra={"view": view_id, "by": app.caller.name})
    return present


def _problems(request: SavedViewRequest) -> list[Problem]:
    problems = text_problems("note", request.note, most=10_000)
    problems += text_problems("query", request.query, most=LONGEST_QUERY)
    if not request.page or not request.page.replace("-", "").replace("_", "").isalnum():
        message = f"There cannot be a page named {request.page!r}."
        problems.append(Problem("page", message, "Save the view from the page itself."))
    return problems


def _name_problems(name: str, taken: list[str]) -> list[Problem]:
    problems = text_problems("name", name, most=100, required=True)
    if name.strip() in taken:
        message = f"There is a saved view named {name.strip()!r} already."
        problems.append(Problem("name", message, "Choose another name, or delete that one first."))
    return problems


def _view(app: Application, request: SavedViewRequest) -> SavedView:
    return SavedView(
        id=SavedViewId(0),
        project_id=request.project_id,
        name=request.name.strip(),
        page=request.page,
        query=request.query.removeprefix("?"),
        created_at=app.clock.now(),
        note=request.note.strip(),
        author=app.caller.name,
    )


def _present(uow: UnitOfWork, view_id: SavedViewId) -> SavedView:
    found = uow.saved_views.get(view_id)
    if found is None:
        raise NotFound(f"There is no saved view with id {view_id}.", "Reload the list of saved views.")
    return found

"""Share links: let somebody without an account look at one project, until the link ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from core.domain.access.audit import Action, Subject
from core.domain.access.caller import Caller, CallerKind, Role
from core.domain.access.share_link import ShareLink, ShareLinkId
from core.domain.ids import ProjectId
from core.errors import Forbidden, InvalidInput, NotFound, Problem
from core.services.access.audit import note, note_by
from core.services.access.passwords import new_token, token_hash
from core.services.access.roles import needs
from core.services.application import Application

MOST_DAYS = 365
LONGEST_TARGET = 100_000


@dataclass(frozen=True)
class NewShareLink:
    """A link with its token, which is stored nowhere."""

    link: ShareLink
    token: str


@needs(Role.EDITOR)
def share(app: Application, project_id: ProjectId, target: str, *, days: float = 30) -> NewShareLink:
    """Make a link that opens `target`, a page of the project with its state, for so many days.

    Raises:
        NotFound: there is no such project.
        InvalidInput: at `target` (no page of the project), `days`.
    """
    with app.unit_of_work(writing=True) as uow:
        project = uow.projects.find(int(project_id))
        if project is None:
            raise NotFound(f"There is no project with id {project_id}.", "Open the list of projects.")
        problems = []
        if not target.startswith(f"/p/{project.slug}/") or len(target) > LONGEST_TARGET:
            message = f"{target[:80]!r} is no page of {project.name}."
            problems.append(Problem("target", message, "Open the page to share, and share it from there."))
        if not 0 < days <= MOST_DAYS:
            message = f"A link cannot work for {days:g} days."
            problems.append(Problem("days", message, f"Use 1 to {MOST_DAYS} days."))
        if problems:
            raise InvalidInput(problems)
        token, now = new_token(), app.clock.now()
        link = ShareLink(
            id=ShareLinkId(0),
            project_id=project_id,
            token_hash=token_hash(token),
            target=target,
            author=app.caller.name,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        kept = uow.share_links.add(link)
        told = f"{target[:200]} for {days:g} days"
        note(uow, app, Action.SHARED, Subject("share link", (int(kept.id),), told, project_id))
        uow.commit()
    return NewShareLink(kept, token)


@needs(Role.EDITOR)
def list_share_links(app: Application, project_id: ProjectId | None = None) -> list[ShareLink]:
    """Return the links to a project, or to all, newest first; also those that ended."""
    with app.unit_of_work() as uow:
        return uow.share_links.list(project_id)


@needs(Role.EDITOR)
def revoke(app: Application, link_id: ShareLinkId) -> None:
    """End a link: whoever uses it sees nothing more from now on; `NotFound` if there is none."""
    with app.unit_of_work(writing=True) as uow:
        link = uow.share_links.find(link_id)
        if link is None:
            raise NotFound(f"There is no share link with id {link_id}.", "Reload the list of links.")
        if link.revoked_at is None:
            uow.share_links.revoke(link_id, app.clock.now())
            note(uow, app, Action.REVOKED, Subject("share link", (int(link_id),), "", link.project_id))
            uow.commit()


@needs(Role.GUEST)
def open_link(app: Application, token: str) -> ShareLink:
    """Return the link of a token and count that it was opened; `Forbidden` if it does not work any more."""
    with app.unit_of_work(writing=True) as uow:
        now = app.clock.now()
        link = uow.share_links.find(token_hash(token))
        if link is None or not link.is_valid(now):
            hint = "Ask whoever sent it for another one."
            raise Forbidden("This link does not work, or does not work any more.", hint)
        uow.share_links.count_opening(link.id, now)
        subject = Subject("share link", (int(link.id),), "", link.project_id)
        note_by(uow, app, caller_of(link, app.caller.address), (Action.OPENED, subject))
        uow.commit()
    return link


@needs(Role.GUEST)
def valid_link(app: Application, token: str) -> ShareLink | None:
    """Return the link of a token; None if it does not work any more."""
    with app.unit_of_work() as uow:
        link = uow.share_links.find(token_hash(token))
    return link if link is not None and link.is_valid(app.clock.now()) else None


def caller_of(link: ShareLink, address: str = "") -> Caller:
    """Return who calls through a link."""
    return Caller(f"link {link.id}", Role.VIEWER, CallerKind.LINK, link.project_id, address)

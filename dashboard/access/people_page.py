"""Pages of administrators: people, the audit trail; and share links, which editors see, too."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, request
from flask.typing import ResponseReturnValue

from core.domain.access.account import AccountId
from core.domain.access.audit import Action, AuditQuery
from core.domain.access.caller import Role
from core.domain.access.share_link import ShareLinkId
from core.errors import InvalidInput
from core.services.access import accounts, audit, share_links
from core.services.access.accounts import Invitation
from core.services.application import Application
from core.services.projects import projects
from dashboard.access import cookies
from dashboard.access.caller import Access, present_account
from dashboard.access.pages import Pages

_ROLES = (Role.VIEWER, Role.EDITOR, Role.ADMINISTRATOR)
_PAGE = 200


def register(made: Blueprint, product: Application, pages: Pages) -> None:
    """Add the pages."""
    _people(made, product, pages)
    _trail(made, product, pages)
    _links(made, product, pages)


def address_of(access: Access, path: str) -> str:
    """Return the whole address of a path, as people type it."""
    return f"{access.public_url or request.host_url.rstrip('/')}{path}"


def _people(made: Blueprint, product: Application, pages: Pages) -> None:
    def people(invitation: Invitation | None = None, problem: str = "") -> ResponseReturnValue:
        known = accounts.list_accounts(product)
        link = address_of(pages.access, f"/set-password/{invitation.token}") if invitation else ""
        return pages.show(
            "people",
            422 if problem else 200,
            people=known,
            roles=_ROLES,
            link=link,
            invited=invitation.account if invitation else None,
            problem=problem,
            now=product.clock.now(),
        )

    def invite() -> ResponseReturnValue:
        try:
            return people(accounts.invite(product, request.form.get("name", ""), _role()))
        except InvalidInput as error:
            return people(problem=str(error))

    def reset_password() -> ResponseReturnValue:
        return people(accounts.reset_password(product, _account()))

    def change_role() -> ResponseReturnValue:
        accounts.change_role(product, _account(), _role())
        return redirect("/people")

    def disable() -> ResponseReturnValue:
        accounts.disable(product, _account(), disabled=request.form.get("disabled") == "yes")
        return redirect("/people")

    made.add_url_rule("/people", "people", pages.answering(people), methods=["GET"])
    for view in (invite, reset_password, change_role, disable):
        path = f"/people/{view.__name__.replace('_', '-')}"
        made.add_url_rule(path, view.__name__, pages.answering(view), methods=["POST"])


def _trail(made: Blueprint, product: Application, pages: Pages) -> None:
    def trail() -> ResponseReturnValue:
        text, action = request.args.get("text", ""), request.args.get("action", "")
        before = request.args.get("before", "")
        query = AuditQuery(
            text=text[:200],
            action=Action(action) if action in set(Action) else None,
            before_id=int(before) if before.isdecimal() and len(before) < 18 else None,
            limit=_PAGE,
        )
        found = audit.audit_trail(product, query)
        names = {int(project.id): project.slug for project in projects.list_projects(product)}
        older = found[-1].id if len(found) == _PAGE else None
        return pages.show(
            "audit", events=found, names=names, text=text, action=action, actions=list(Action), older=older
        )

    made.add_url_rule("/audit", "audit", pages.answering(trail), methods=["GET"])


def _links(made: Blueprint, product: Application, pages: Pages) -> None:
    def list_links() -> ResponseReturnValue:
        found = share_links.list_share_links(product)
        names = {project.id: project.name for project in projects.list_projects(product)}
        return pages.show("share_links", links=found, names=names, now=product.clock.now())

    def revoke() -> ResponseReturnValue:
        share_links.revoke(product, ShareLinkId(_number(request.form.get("link", ""))))
        return redirect("/share-links")

    def open_link(token: str) -> ResponseReturnValue:
        link = share_links.open_link(product, token)
        response = make_response(redirect(link.target))
        if present_account() is None:
            seconds = (link.expires_at - product.clock.now()).total_seconds()
            cookies.keep(response, cookies.LINK, token, pages.access, seconds=seconds)
        return response

    made.add_url_rule("/share-links", "share_links", pages.answering(list_links), methods=["GET"])
    made.add_url_rule("/share-links/revoke", "revoke", pages.answering(revoke), methods=["POST"])
    made.add_url_rule("/s/<token>", "open_link", pages.answering(open_link), methods=["GET"])


def _account() -> AccountId:
    return AccountId(_number(request.form.get("account", "")))


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 17:
        raise InvalidInput.of("id", "The form names nothing.", "Reload the page.")
    return int(text)


def _role() -> Role:
    chosen = request.form.get("role", "")
    if chosen not in {role.value for role in _ROLES}:
        raise InvalidInput.of(
            "role", f"There is no role {chosen!r}.", "Choose viewer, editor or administrator."
        )
    return Role(chosen)

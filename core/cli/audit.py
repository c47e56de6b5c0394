"""`compress-compare audit` and `invite`: who did what, and links with which people set a password."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from core.cli.composition import application, settings
from core.cli.listings import JsonOption, show
from core.cli.serving import password_link
from core.domain.access.audit import Action, AuditEvent, AuditQuery
from core.domain.access.caller import Role
from core.services.access import accounts
from core.services.access.audit import MOST_LISTED, audit_trail


def audit(  # noqa: PLR0913  each is an option of the command
    text: Annotated[str, typer.Argument(help="Only entries that contain this text.")] = "",
    *,
    who: Annotated[str, typer.Option(help="Only what this person did.")] = "",
    action: Annotated[Action | None, typer.Option(help="Only this kind of action.")] = None,
    days: Annotated[float | None, typer.Option(min=0, help="Only the last so many days.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST_LISTED, help="Most entries to list.")] = 100,
    json: JsonOption = False,
) -> None:
    """List who did what, newest first."""
    since = None if days is None else datetime.now(UTC) - timedelta(days=days)
    with application() as app:
        found = audit_trail(app, AuditQuery(text, who, action, since=since, limit=limit))
    show([_row(event) for event in found], ("at", "who", "action", "what", "ids", "project_id"), json=json)


def invite(
    name: Annotated[str, typer.Argument(help="Name of the account, such as an e-mail address.")],
    *,
    role: Annotated[Role, typer.Option(help="Role of a new account.")] = Role.VIEWER,
) -> None:
    """Print a link with which somebody sets a password; an account that is there loses its present one."""
    with application() as app:
        known = {account.name.casefold(): account for account in accounts.list_accounts(app)}
        account = known.get(name.strip().casefold())
        made = (
            accounts.invite(app, name, role) if account is None else accounts.reset_password(app, account.id)
        )
    typer.echo(f"{made.account.name}, {made.account.role.value}: {password_link(settings(), made.token)}")


def _row(event: AuditEvent) -> dict[str, Any]:
    subject = event.subject
    return {
        "id": event.id,
        "at": event.at.isoformat(timespec="seconds"),
        "who": event.who,
        "role": event.role.value,
        "action": event.action.value,
        "what": f"{subject.kind} {subject.told}".strip(),
        "ids": _ids(event),
        "project_id": subject.project_id,
        "address": event.address,
    }


def _ids(event: AuditEvent) -> str:
    shown = ", ".join(str(one) for one in event.subject.ids[:5])
    return f"{shown} and {event.count - 5:,} more" if event.count > 5 else shown

"""`compress-compare token`: API tokens of accounts, made on the machine itself."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from core.cli.composition import application
from core.cli.listings import JsonOption, show
from core.domain.access.api_token import ApiToken, TokenId
from core.domain.access.caller import Role
from core.services.access import api_tokens

app = typer.Typer(help="Make, list and revoke API tokens of accounts.", no_args_is_help=True)
Account = Annotated[str, typer.Option(help="Whose token it is.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    *,
    account: Account,
    role: Annotated[Role, typer.Option(help="The most it may do: viewer or editor.")] = Role.VIEWER,
    project: Annotated[str, typer.Option(help="Short name of the only project it reaches.")] = "",
    days: Annotated[float, typer.Option(help="How long it works.")] = 90.0,
) -> None:
    """Make a token, and write it to standard output, once."""
    with application() as opened:
        wanted = api_tokens.TokenRequest(name, role, project, days)
        made = api_tokens.make_token(opened, wanted, account)
    typer.echo(made.text)
    ends = made.token.expires_at.strftime("%Y-%m-%d")
    typer.echo(
        f"Token {made.token.id} of {account}, {role.value}, until {ends}. It is not shown again.", err=True
    )


@app.command("list")
def list_tokens(account: Account, json: JsonOption = False) -> None:
    """List the tokens of an account, newest first."""
    with application() as opened:
        found = api_tokens.list_tokens(opened, account)
        rows = [_row(token, valid=token.is_valid(opened.clock.now())) for token in found]
    show(rows, ("id", "name", "role", "project_id", "works", "expires_at", "used_at", "used_from"), json=json)


@app.command()
def revoke(token: Annotated[int, typer.Argument(help="Id of the token.")]) -> None:
    """End a token."""
    with application() as opened:
        api_tokens.revoke_token(opened, TokenId(token))
    typer.echo(f"Token {token} does not work any more.")


def _row(token: ApiToken, *, valid: bool) -> dict[str, Any]:
    return {
        "id": int(token.id),
        "name": token.name,
        "role": token.role.value,
        "project_id": token.project_id,
        "works": valid,
        "created_at": token.created_at.isoformat(timespec="seconds"),
        "expires_at": token.expires_at.isoformat(timespec="seconds"),
        "used_at": token.used_at.isoformat(timespec="seconds") if token.used_at else None,
        "used_from": token.used_from,
    }

"""The page of one's own API tokens."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from core.domain.access.api_token import TokenId
from core.domain.access.caller import Role
from core.errors import InvalidInput
from core.services.access import api_tokens
from core.services.access.api_tokens import NewToken, TokenRequest
from core.services.application import Application
from core.services.projects import projects
from dashboard.access.caller import present_caller
from dashboard.access.pages import Pages

_DAYS = 90


def register(made: Blueprint, product: Application, pages: Pages) -> None:
    """Add the page and its two forms."""

    def tokens(made: NewToken | None = None, problem: str = "") -> ResponseReturnValue:
        known = projects.list_projects(product)
        given = request.form if problem else {}
        return pages.show(
            "tokens",
            422 if problem else 200,
            tokens=api_tokens.list_tokens(product),
            made=made,
            problem=problem,
            given={name: given.get(name, "") for name in ("name", "role", "project")}
            | {"days": given.get("days") or _DAYS},
            roles=[role for role in api_tokens.ROLES if present_caller().role.includes(role)],
            projects=[(project.slug, project.name) for project in known],
            names={project.id: project.name for project in known},
            now=product.clock.now(),
        )

    def make_token() -> ResponseReturnValue:
        form = request.form
        try:
            wanted = TokenRequest(form.get("name", ""), _role(), form.get("project", ""), _days())
            return tokens(api_tokens.make_token(product, wanted))
        except InvalidInput as error:
            return tokens(problem=str(error))

    def revoke_token() -> ResponseReturnValue:
        chosen = request.form.get("token", "")
        number = int(chosen) if chosen.isascii() and chosen.isdecimal() and len(chosen) < 18 else 0
        api_tokens.revoke_token(product, TokenId(number))
        return redirect("/account/tokens")

    for path, view, method in (
        ("/account/tokens", tokens, "GET"),
        ("/account/tokens/make", make_token, "POST"),
        ("/account/tokens/revoke", revoke_token, "POST"),
    ):
        made.add_url_rule(path, view.__name__, pages.answering(view), methods=[method])


def _role() -> Role:
    chosen = request.form.get("role", "")
    if chosen not in {role.value for role in api_tokens.ROLES}:
        raise InvalidInput.of(
            "role", f"A token cannot have the role {chosen[:80]!r}.", "Choose one of the list."
        )
    return Role(chosen)


def _days() -> float:
    try:
        return float(request.form.get("days", ""))
    except ValueError:
        raise InvalidInput.of("days", "The days are no number.", "Write, for example, 90.") from None

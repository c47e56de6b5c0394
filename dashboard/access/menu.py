"""The account menu in the header, and what the page knows of the role of whoever looks at it."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from flask import request

from core.domain.access.caller import Caller, CallerKind, Role
from core.services.application import Application
from dashboard.access import cookies
from dashboard.access.caller import Access, present_account
from dashboard.access.pages import pages_for
from dashboard.components.markup import decoration
from dashboard.ids import ShellIds
from dashboard.view import views


def register(app: Dash, product: Application, access: Access) -> None:
    """Fill the menu for whoever asks, and have the browser refuse what the role does not allow."""

    @app.callback(
        Output(ShellIds.ACCOUNT, "children"),
        Output(ShellIds.ROLE, "data"),
        Input(ShellIds.LOCATION, "id"),
    )
    def _show(_id: str) -> tuple[list[Component], dict[str, Any]]:
        caller = product.caller
        role = {
            "role": caller.role.value,
            "changing": changing_controls(),
            "refused": not caller.role.includes(Role.EDITOR),
            "why": why_not(caller),
            "share": access.sign_in and caller.role.includes(Role.EDITOR),
        }
        return (account_menu(caller, access) if access.sign_in else []), role

    app.clientside_callback(ClientsideFunction("access", "restrict"), Input(ShellIds.ROLE, "data"))


def changing_controls() -> list[str]:
    """Return the selectors of all controls that change something."""
    own = (f"#{ShellIds.NEW_EXPERIMENT}", f"#{ShellIds.EXAMPLE}", f"#{ShellIds.SHARE_MAKE}", "button.undo")
    return [*own, *(selector for _, view in views for selector in view.changing)]


def why_not(caller: Caller) -> str:
    """Return why controls are off."""
    if caller.kind is CallerKind.LINK:
        return "A share link shows everything and changes nothing."
    return "Viewers see everything and change nothing. Ask an administrator for the role editor."


def account_menu(caller: Caller, access: Access) -> list[Component]:
    """Return who is signed in, with what can be done about it."""
    if caller.kind is CallerKind.LINK:
        return [html.A("Read-only link: sign in", href="/sign-in", className="shell-link")]
    items = [dmc.MenuItem(label, href=href, refresh=True) for href, label in pages_for(caller.role)]
    heading = dmc.MenuLabel(f"{caller.name}, {caller.role.value}")
    target = dmc.MenuTarget(
        html.Span([caller.name, decoration("▾")], className="shell-project"),
        boxWrapperProps={
            "component": "button",
            "type": "button",
            "className": "shell-menu",
            "aria-label": f"Account of {caller.name}",
        },
    )
    signed = present_account()
    signing_out = [dmc.MenuDivider(), _sign_out(access)] if signed and signed.session else []
    dropdown = dmc.MenuDropdown([heading, *items, *signing_out])
    return [dmc.Menu([target, dropdown], position="bottom-end")]


def _sign_out(access: Access) -> Component:
    token = cookies.form_token(cookies.form_cookie(request), access)
    return html.Form(
        [
            dcc.Input(type="hidden", name=cookies.TOKEN_FIELD, value=token),
            html.Button("Sign out", type="submit", className="shell-sign-out"),
        ],
        action="/sign-out",
        method="post",
    )

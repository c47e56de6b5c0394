"""Pages around sign-in: plain forms, rendered by the server, that work before any script is loaded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from core.domain.access.caller import Role
from core.errors import CompressCompareError, Forbidden, InvalidInput, NotFound, Unavailable
from core.services.access import accounts, sessions
from core.services.access.sessions import SESSION_S, SignedIn
from core.services.application import Application
from dashboard.access import cookies
from dashboard.access.caller import Access, guest, present_account, present_caller, set_caller
from dashboard.access.gate import safe_target
from dashboard.shell.boot import IN_HEAD, OF_FORMS, ON_ALL
from dashboard.static_files import LastingAssets

_STATUS: dict[type[CompressCompareError], int] = {
    InvalidInput: 422,
    Forbidden: 403,
    NotFound: 404,
    Unavailable: 429,
}

_LINKS: tuple[tuple[str, str, Role], ...] = (
    ("/account", "Account and sessions", Role.VIEWER),
    ("/account/tokens", "API tokens", Role.VIEWER),
    ("/share-links", "Share links", Role.EDITOR),
    ("/notifications", "Notifications", Role.VIEWER),
    ("/people", "People", Role.ADMINISTRATOR),
    ("/audit", "Audit trail", Role.ADMINISTRATOR),
)


def pages_for(role: Role) -> list[tuple[str, str]]:
    """Return path and name of the pages around sign-in that a role may open."""
    return [(path, label) for path, label, needed in _LINKS if role.includes(needed)]


def provider_name(access: Access) -> str:
    """Return the host of the OpenID provider, for the button; empty without one."""
    return (urlsplit(access.openid.issuer).hostname or "") if access.openid else ""


class Pages:
    """Renders templates with the token of their forms, and answers expected errors in words."""

    def __init__(self, app: LastingAssets, access: Access) -> None:
        self.access = access
        self._app = app

    def show(self, template: str, status: int = 200, **values: Any) -> ResponseReturnValue:
        """Return a page; its forms belong to this browser."""
        cookie, pages = cookies.form_cookie(request), pages_for(present_caller().role)
        page = render_template(
            f"access/{template}.html",
            form_token=cookies.form_token(cookie, self.access),
            style=self._app.lasting_url("00_shell.css"),
            own_style=self._app.lasting_url("shell/access.css"),
            scripts=[self._app.lasting_url(name) for name in (*IN_HEAD, *OF_FORMS, *ON_ALL)],
            caller=present_caller(),
            pages=pages,
            here=max((path for path, _ in pages if request.path.startswith(path)), key=len, default=""),
            provider=provider_name(self.access),
            signed=present_account(),
            **values,
        )
        response = make_response(page, status)
        response.headers["Cache-Control"] = "no-store"
        if request.cookies.get(cookies.FORM) != cookie:
            cookies.keep(response, cookies.FORM, cookie, self.access)
        return response

    def answering(self, view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
        """Return the view with expected errors as pages."""

        def answer(**values: Any) -> ResponseReturnValue:
            try:
                return view(**values)
            except CompressCompareError as error:
                status = _STATUS.get(type(error), 409)
                return self.show("message", status, message=error.message, hint=error.hint)

        answer.__name__ = view.__name__
        return answer


def blueprint() -> Blueprint:
    """Return an empty blueprint whose templates are here."""
    return Blueprint("access", __name__, template_folder="templates")


def register(made: Blueprint, product: Application, pages: Pages) -> None:
    """Add the pages to sign in and out, and to set and change passwords."""
    _entrance(made, product, pages)
    _passwords(made, product, pages)
    _own(made, product, pages)


def _entrance(made: Blueprint, product: Application, pages: Pages) -> None:
    def sign_in() -> ResponseReturnValue:
        target = safe_target(request.values.get("next"))
        if request.method != "POST":
            if present_account() is not None:
                return redirect(target)
            return pages.show("sign_in", target=target)
        name = request.form.get("name", "")
        try:
            require_own_form(pages.access)
            browser = request.headers.get("User-Agent", "")
            found = sessions.sign_in(product, name, request.form.get("password", ""), browser=browser)
        except (Forbidden, Unavailable) as error:
            status = _STATUS[type(error)]
            return pages.show("sign_in", status, target=target, name=name, problem=str(error))
        return entered(pages.access, found, target)

    def sign_out() -> ResponseReturnValue:
        sessions.sign_out(product, request.cookies.get(cookies.SESSION, ""))
        set_caller(guest())
        response = make_response(redirect("/sign-in"))
        for name in (cookies.SESSION, cookies.LINK, cookies.FORM):
            cookies.forget(response, name, pages.access)
        return response

    made.add_url_rule("/sign-in", "sign_in", pages.answering(sign_in), methods=["GET", "POST"])
    made.add_url_rule("/sign-out", "sign_out", pages.answering(sign_out), methods=["POST"])


def _passwords(made: Blueprint, product: Application, pages: Pages) -> None:
    def set_password(token: str) -> ResponseReturnValue:
        account = accounts.account_of_link(product, token)
        if request.method != "POST":
            return pages.show("set_password", account=account)
        require_own_form(pages.access)
        password = request.form.get("password", "")
        try:
            if password != request.form.get("again", ""):
                raise InvalidInput.of("again", "The two passwords differ.", "Type the same one twice.")
            accounts.set_password(product, token, password)
        except InvalidInput as error:
            return pages.show("set_password", 422, account=account, problem=str(error))
        browser = request.headers.get("User-Agent", "")
        return entered(pages.access, sessions.sign_in(product, account.name, password, browser=browser), "/")

    path = "/set-password/<token>"
    made.add_url_rule(path, "set_password", pages.answering(set_password), methods=["GET", "POST"])


def _own(made: Blueprint, product: Application, pages: Pages) -> None:
    def account(problem: str = "", done: str = "") -> ResponseReturnValue:
        signed = _signed()
        own = sessions.list_sessions(product, signed.account)
        return pages.show("account", 422 if problem else 200, sessions=own, problem=problem, done=done)

    def change_password() -> ResponseReturnValue:
        signed, form = _signed(), request.form
        try:
            if form.get("password") != form.get("again"):
                raise InvalidInput.of("again", "The two passwords differ.", "Type the same one twice.")
            accounts.change_password(product, signed.account, form.get("old", ""), form.get("password", ""))
        except InvalidInput as error:
            return account(problem=str(error))
        sessions.end_sessions(product, signed.account, but=signed.session.id if signed.session else None)
        return account(done="The password is changed, and all other sessions are ended.")

    def end_session() -> ResponseReturnValue:
        signed = _signed()
        chosen = request.form.get("session", "")
        only = next(
            (one.id for one in sessions.list_sessions(product, signed.account) if str(one.id) == chosen), None
        )
        if only is None:
            raise NotFound("This session has ended already.", "Reload the page.")
        sessions.end_sessions(product, signed.account, only=only)
        return redirect("/account")

    for path, view, method in (
        ("/account", account, "GET"),
        ("/account/password", change_password, "POST"),
        ("/account/end-session", end_session, "POST"),
    ):
        made.add_url_rule(path, view.__name__, pages.answering(view), methods=[method])


def entered(access: Access, found: SignedIn, target: str) -> ResponseReturnValue:
    """Go to the page asked for, with a session that no earlier cookie stood for."""
    response = make_response(redirect(safe_target(target)))
    cookies.keep(response, cookies.SESSION, found.token, access, seconds=SESSION_S)
    cookies.forget(response, cookies.LINK, access)
    return response


def _signed() -> SignedIn:
    found = present_account()
    if found is None:
        raise Forbidden("You are not signed in with an account of your own.", "Sign in first.")
    return found


def require_own_form(access: Access) -> None:
    """Raise `Forbidden` for a form that was not made for this browser."""
    if not cookies.is_own_form(request, access):
        raise Forbidden("This form is too old.", "Reload its page and try again.")

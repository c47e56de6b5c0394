"""Lets requests in: finds out who asks, and refuses what may not be asked."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from flask import Flask, Response, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix

from core.domain.access.caller import Role
from core.services.access import sessions, share_links
from core.services.access.sessions import SignedIn
from core.services.application import Application
from dashboard.access import cookies
from dashboard.access.caller import Access, guest, present_caller, set_caller
from dashboard.access.origin import is_foreign
from dashboard.access.pace import Pace
from dashboard.access.tokens import API, admit_program

OPEN = frozenset(
    {
        "healthz",
        "readyz",
        "metrics",
        "access.sign_in",
        "access.set_password",
        "access.open_link",
        "access.sign_out",
        "access.to_provider",
        "access.back",
    }
)
"""Endpoints that need no session; the files in `/assets/` need none, either."""
STREAMED = frozenset({"store", "archives"})
"""Endpoints that take in what they are sent piece by piece."""
MOST_BODY_BYTES = 64 * 1024 * 1024
"""Of other requests, which are held in memory; studies to import come in one."""
_ASSETS = "/assets/"
_FORMS = "access."


def register(server: Flask, product: Application, access: Access) -> None:
    """Check every request before anything else does."""
    if access.trusted_hosts:
        server.config["TRUSTED_HOSTS"] = list(access.trusted_hosts)
    if access.proxies:
        number = access.proxies
        fixed = ProxyFix(server.wsgi_app, x_for=number, x_proto=number, x_host=number)
        server.wsgi_app = fixed  # type: ignore[method-assign]  # as Flask's documentation says

    pace = Pace(access.requests_per_minute)

    def admit() -> ResponseReturnValue | None:
        _require_sound()
        if request.path.startswith(API):
            return admit_program(product, access, pace)
        if is_foreign(request, strict=access.sign_in):
            return _refused("Only pages of this server may change something.", 403)
        if not access.sign_in or request.path.startswith(_ASSETS):
            return None
        _identify(product, access)
        endpoint = request.endpoint or ""
        if present_caller().role is Role.GUEST:
            return None if endpoint in OPEN else _to_sign_in()
        if (
            request.method == "POST"
            and endpoint.startswith(_FORMS)
            and not cookies.is_own_form(request, access)
        ):
            return _refused("This form is too old. Reload its page and try again.", 403)
        return None

    server.before_request(admit)


def _require_sound() -> None:
    """Refuse hosts that are not trusted and bodies that are too large; the API has limits of its own."""
    if isinstance(request.routing_exception, SecurityError):
        raise request.routing_exception
    if request.endpoint not in STREAMED and not request.path.startswith(API):
        request.max_content_length = MOST_BODY_BYTES


def safe_target(target: str | None) -> str:
    """Return the path to go to after signing in; the home page for what leads to another server."""
    if not target or not target.startswith("/") or target[1:2] in {"/", "\\"} or "\\" in target:
        return "/"
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or any(ord(character) < 32 for character in target):
        return "/"
    return target


def _identify(product: Application, access: Access) -> None:
    """Find out who asks: a session, the proxy, or a share link; else a guest."""
    address = request.remote_addr or ""
    set_caller(guest(address))
    if access.user_header and (name := request.headers.get(access.user_header)):
        if (account := sessions.account_named(product, name)) is not None:
            signed_by_proxy = SignedIn(account, None)
            set_caller(signed_by_proxy.caller(address), signed_by_proxy)
        return
    token = request.cookies.get(cookies.SESSION)
    signed: SignedIn | None = sessions.signed_in(product, token) if token else None
    if signed is not None:
        set_caller(signed.caller(address), signed)
        return
    token = request.cookies.get(cookies.LINK)
    link = share_links.valid_link(product, token) if token else None
    if link is not None:
        set_caller(share_links.caller_of(link, address))


def _to_sign_in() -> ResponseReturnValue:
    wanted = request.accept_mimetypes
    if request.method == "GET" and (wanted.accept_html or not wanted) and not _is_data(request.path):
        target = request.full_path.removesuffix("?")
        return redirect(f"/sign-in?next={quote(target, safe='')}")
    return _refused("Your session has ended. Reload the page to sign in.", 401)


def _is_data(path: str) -> bool:
    return path.startswith(("/_dash", "/_reload", "/live", "/uploads", "/archives", "/instances"))


def _refused(message: str, status: int) -> ResponseReturnValue:
    answer: Response = jsonify(code="forbidden", message=message, hint="")
    answer.headers["Cache-Control"] = "no-store"
    return answer, status

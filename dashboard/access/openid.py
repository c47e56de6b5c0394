"""Sign-in with an OpenID provider: authorization code with PKCE, state and nonce, through Authlib."""

from __future__ import annotations

from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, request, session
from flask.typing import ResponseReturnValue
from joserfc.errors import JoseError

from core.domain.access.identity import Identity
from core.errors import Forbidden, Unavailable
from core.services.access.identities import sign_in_as
from core.services.application import Application
from dashboard.access.caller import Access, OpenIdProvider
from dashboard.access.pages import Pages, entered, require_own_form

_NAME = "provider"
_NEXT = "next"
_TIMEOUT_S = 10.0
_FAILED = "The sign-in at the provider did not succeed: {}."
_AGAIN = "Sign in again; if it keeps failing, an administrator finds the reason in the dashboard's log."


def register(server: Flask, made: Blueprint, product: Application, pages: Pages) -> None:
    """Add the two addresses: to the provider, and back from it."""
    provider = pages.access.openid
    if provider is None:
        return
    client = _client(server, pages.access, provider)

    def to_provider() -> ResponseReturnValue:
        require_own_form(pages.access)
        session[_NEXT] = request.form.get("next", "/")
        back = f"{pages.access.public_url}/sign-in/openid/back"
        return _asking(lambda: client.authorize_redirect(back))

    def back() -> ResponseReturnValue:
        target = session.pop(_NEXT, "/")
        token = _asking(client.authorize_access_token)
        identity = identity_of(provider, token.get("userinfo") or {})
        browser = request.headers.get("User-Agent", "")
        session.clear()
        return entered(
            pages.access, sign_in_as(product, identity, provider.admission, browser=browser), target
        )

    for path, view, method in (
        ("/sign-in/openid", to_provider, "POST"),
        ("/sign-in/openid/back", back, "GET"),
    ):
        made.add_url_rule(path, view.__name__, pages.answering(view), methods=[method])


def identity_of(provider: OpenIdProvider, claims: dict[str, Any]) -> Identity:
    """Return who the claims of a checked ID token describe; an e-mail address counts if it is verified."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject:
        raise Forbidden(_FAILED.format("it names nobody"), _AGAIN)
    groups = claims.get(provider.groups_claim)
    email = claims.get("email") if claims.get("email_verified") is True else ""
    names = (claims.get(key) for key in ("preferred_username", "name"))
    return Identity(
        issuer=provider.issuer,
        subject=subject,
        email=email.strip() if isinstance(email, str) else "",
        name=next((name for name in names if isinstance(name, str)), ""),
        groups=frozenset(one for one in groups if isinstance(one, str))
        if isinstance(groups, list)
        else frozenset(),
    )


def _client(server: Flask, access: Access, provider: OpenIdProvider) -> Any:
    """Return Authlib's client; what it remembers between the two addresses is in a signed cookie."""
    server.secret_key = access.secret
    server.config.update(
        SESSION_COOKIE_NAME="cnc_openid",
        SESSION_COOKIE_SECURE=access.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/sign-in/openid",
    )
    oauth = OAuth(server)
    return oauth.register(
        _NAME,
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        server_metadata_url=f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": provider.scopes,
            "code_challenge_method": "S256",
            "default_timeout": _TIMEOUT_S,
        },
    )


def _asking(ask: Any) -> Any:
    """Return what the provider answers; say in words what went wrong."""
    try:
        return ask()
    except requests.RequestException as error:
        raise Unavailable("The sign-in provider cannot be reached.", "Try again later.") from error
    except (AuthlibBaseError, JoseError, ValueError, KeyError) as error:
        reason = getattr(error, "description", "") or getattr(error, "error", "") or type(error).__name__
        raise Forbidden(_FAILED.format(str(reason)[:200].rstrip(".")), _AGAIN) from error

"""The cookies of sign-in, and the tokens of forms that go with them."""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256

from flask import Request, Response

from dashboard.access.caller import Access

SESSION = "cnc_session"
LINK = "cnc_link"
FORM = "cnc_form"
TOKEN_FIELD = "form_token"  # noqa: S105  the name of a field


def keep(response: Response, name: str, value: str, access: Access, *, seconds: float | None = None) -> None:
    """Set a cookie that no script reads and no other site sends."""
    response.set_cookie(
        name,
        value,
        max_age=None if seconds is None else int(seconds),
        secure=access.secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def forget(response: Response, name: str, access: Access) -> None:
    """Remove a cookie."""
    response.delete_cookie(name, path="/", secure=access.secure, httponly=True, samesite="Lax")


def form_cookie(asked: Request) -> str:
    """Return the value that forms of this browser are bound to; a new one where there is none."""
    return asked.cookies.get(FORM) or secrets.token_urlsafe(24)


def form_token(cookie: str, access: Access) -> str:
    """Return the token that a form carries."""
    return hmac.new(access.secret.encode(), f"form:{cookie}".encode(), sha256).hexdigest()


def is_own_form(asked: Request, access: Access) -> bool:
    """Return whether a form was made for this browser."""
    cookie = asked.cookies.get(FORM, "")
    expected = form_token(cookie, access)
    return bool(cookie) and hmac.compare_digest(expected, asked.form.get(TOKEN_FIELD, ""))

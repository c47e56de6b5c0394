"""Requests to the API: who calls with a token, or who may call without one."""

from __future__ import annotations

import math

from flask import Response, request

from core.errors import Forbidden, Unavailable
from core.presentation.counts import counted
from core.services.access.api_tokens import token_caller
from core.services.access.passwords import token_hash
from core.services.application import Application
from dashboard.access.caller import Access, guest, set_caller
from dashboard.access.origin import is_foreign
from dashboard.access.pace import Pace
from dashboard.access.problems import problem

API = "/api/"
_SCHEME = "bearer "


def admit_program(product: Application, access: Access, pace: Pace) -> Response | None:
    """Let a request to the API in, or return the refusal.

    Where people sign in, it needs a token; cookies do not count, so that no other site can use them.
    Elsewhere whoever reaches the server may call, except pages of other sites.
    """
    if not access.sign_in:
        if is_foreign(request, strict=False):
            return problem(Forbidden("Pages of other sites may not change something.", ""))
        return None
    set_caller(guest(request.remote_addr or ""))
    given = request.headers.get("Authorization", "")
    if not given.lower().startswith(_SCHEME):
        hint = "Make a token on the page Account, and send it as: Authorization: Bearer TOKEN"
        return _challenge(problem(Forbidden("This needs a token.", hint), 401))
    token = given[len(_SCHEME) :].strip()
    try:
        set_caller(token_caller(product, token))
    except Forbidden as error:
        return _challenge(problem(error, 401))
    except Unavailable as error:
        return problem(error, 429)
    wait_s = pace.wait_s(token_hash(token), product.clock.now())
    return _too_fast(pace, wait_s) if wait_s else None


def _too_fast(pace: Pace, wait_s: float) -> Response:
    seconds = math.ceil(wait_s)
    message = f"This token sent more than {pace.per_minute:,} requests in a minute."
    answer = problem(Unavailable(message, f"Go on in {counted(seconds, 'second')}, and more slowly."), 429)
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _challenge(answer: Response) -> Response:
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer

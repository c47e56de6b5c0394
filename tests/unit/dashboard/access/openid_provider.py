"""`python openid_provider.py PORT USER ...`: an OpenID provider that checks PKCE; users are JSON claims."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # it serves http on loopback

from oidc_provider_mock import User, app
from werkzeug.serving import make_server

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def checking_pkce(inner: Wsgi) -> Wsgi:
    """Refuse a code whose verifier does not belong to the challenge of the authorization request."""
    challenges: dict[str, str] = {}

    def outer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        asked = parse_qs(environ["QUERY_STRING"])

        def answer(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            code = parse_qs(urlsplit(dict(headers).get("Location", "")).query).get("code")
            if code and asked.get("code_challenge_method") == ["S256"]:
                challenges[code[0]] = asked["code_challenge"][0]
            return start(status, headers, *rest)

        if environ["PATH_INFO"] == "/oauth2/token":
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            environ["wsgi.input"] = io.BytesIO(body)
            given = parse_qs(body.decode())
            digest = hashlib.sha256(given.get("code_verifier", [""])[0].encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
            if challenges.pop(given["code"][0], None) != challenge:
                start("400 Bad Request", [("Content-Type", "application/json")])
                return [b'{"error": "invalid_grant", "error_description": "wrong verifier"}']
        return inner(environ, answer)

    return outer


if __name__ == "__main__":
    claims = [json.loads(one) for one in sys.argv[2:]]
    users = [User(sub=one.pop("sub"), claims=one) for one in claims]
    served = app(require_nonce=True, user_claims=users)
    make_server("127.0.0.1", int(sys.argv[1]), checking_pkce(served), threaded=True).serve_forever()

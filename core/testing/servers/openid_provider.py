"""An OpenID provider in a process of its own that checks PKCE and nonce, for tests of signing in with it.

`python -m core.testing.servers.openid_provider PORT USER ...`; users are JSON claims.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from core.testing.running import wait_for
from core.testing.servers.servers import free_port

_ROOT = Path(__file__).parents[3]
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


@contextmanager
def openid_provider(users: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Run a provider that knows the users, given by their claims; yield its address."""
    port = free_port()
    command = [sys.executable, "-m", __name__, str(port), *map(json.dumps, users)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=_ROOT)

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/jwks", timeout=5) as answer:  # nosec B310
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    try:
        wait_for("the provider", answers, within_s=60, every_s=0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def main(port: int, claims: Iterable[dict[str, Any]]) -> None:
    """Serve until killed."""
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # it serves http on loopback
    from oidc_provider_mock import User, app
    from werkzeug.serving import make_server

    users = [User(sub=one.pop("sub"), claims=one) for one in claims]
    served = app(require_nonce=True, user_claims=users)
    make_server("127.0.0.1", port, checking_pkce(served), threaded=True).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), [json.loads(one) for one in sys.argv[2:]])

"""Security headers of every answer: scripts, styles and data come from this server only."""

from __future__ import annotations

from dash import Dash
from flask import Response

from dashboard.access.caller import Access

_YEAR_S = 365 * 86_400


def register(app: Dash, access: Access) -> None:
    """Add the headers; call it after all callbacks are registered, for their hashes to be known."""
    policy = "; ".join(
        [
            "default-src 'self'",
            " ".join(["script-src 'self'", *app.csp_hashes()]),
            "style-src 'self' 'unsafe-inline'",  # Mantine and Plotly set styles from scripts
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "frame-ancestors 'self'",
        ]
    )

    def secure(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        if access.secure:
            response.headers.setdefault("Strict-Transport-Security", f"max-age={_YEAR_S}")
        return response

    app.server.after_request(secure)

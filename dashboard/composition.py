"""Where the web process is put together: the only place of the dashboard that reads settings."""

from __future__ import annotations

import gc

from dash import Dash
from flask import Flask

from core import logs, settings
from core.domain.access.caller import Role
from core.domain.access.identity import Admission
from core.services.application import Application, Connection, Limits, open_application
from dashboard.access.caller import Access, OpenIdProvider
from dashboard.dispatcher import CeleryDispatcher
from dashboard.factory import create

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]", "::1")


def build(chosen: settings.Settings, *, calm: bool = False) -> Flask:
    """Return the WSGI application that the settings describe; connects when first asked.

    calm: print only what is wrong; the rest is logged to a file.
    """
    file = chosen.data_dir / "logs" / "dashboard.log" if calm else None
    logs.configure(chosen.log_level, file=file, form=chosen.log_format)
    return prepared(create(product(chosen), access(chosen)))


def prepared(app: Dash) -> Flask:
    """Return the application with complete pages, ready for requests.

    Dash collects scripts and styles at its first request, and answers those that come meanwhile without them.
    What is there by then stays for good: the garbage collector would go through it for a fifth of a second
    every now and then while somebody waits.
    """
    app.server.test_client().get("/_dash-dependencies")
    gc.collect()
    gc.freeze()
    return app.server


def access(chosen: settings.Settings) -> Access:
    """Return how people reach the dashboard; on loopback, only by the names of this machine."""
    hosts = tuple(name.strip() for name in chosen.trusted_hosts.split(",") if name.strip())
    if not hosts and chosen.on_loopback:
        hosts = _LOOPBACK
    return Access(
        sign_in=chosen.sign_in,
        secret=chosen.secret() if chosen.sign_in else "",
        public_url=chosen.public_url,
        trusted_hosts=hosts,
        proxies=chosen.proxies,
        user_header=chosen.user_header,
        openid=_provider(chosen),
        requests_per_minute=chosen.token_requests_per_minute,
        metrics_token=chosen.metrics_token.get_secret_value() if chosen.metrics_token else "",
        open_to_network=not chosen.sign_in and not chosen.on_loopback,
    )


def _provider(chosen: settings.Settings) -> OpenIdProvider | None:
    if not chosen.openid_issuer or chosen.openid_secret is None:
        return None
    roles = {group: Role(role) for group, role in chosen.group_roles.items()}
    return OpenIdProvider(
        issuer=chosen.openid_issuer,
        client_id=chosen.openid_client,
        client_secret=chosen.openid_secret.get_secret_value(),
        admission=Admission(chosen.domains, roles),
    )


def product(chosen: settings.Settings) -> Application:
    """Return what the dashboard's views work with."""
    connection = Connection(
        database_url=chosen.database_url,
        artifacts_url=chosen.artifacts_url,
        logs_dir=chosen.data_dir / "logs",
        cache_dir=chosen.data_dir / "cache",
        limits=Limits(
            lease_s=chosen.lease_s,
            max_attempts=chosen.max_attempts,
            upload_bytes=chosen.upload_bytes,
            allowed_folders=chosen.folders,
            public_url=chosen.public_url,
        ),
    )
    dispatcher = CeleryDispatcher(chosen.broker_url) if chosen.broker_url else None
    return open_application(connection, dispatcher=dispatcher)

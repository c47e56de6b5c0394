"""`compress-compare serve`: dashboard and local worker as child processes, kept alive until asked to stop."""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
import sys
import threading
import urllib.error
import urllib.request

import typer

from core.cli.children import Child, Children
from core.cli.composition import build
from core.errors import CompressCompareError, Misconfigured, Unavailable
from core.persistence.data_lock import held
from core.persistence.schema import upgrade
from core.services.access.accounts import first_invitation
from core.services.application import Application
from core.services.demos import example_projects
from core.settings import Settings

_TICK_S = 0.2
FIRST_LINK = "first-sign-in.txt"
"""File of the data folder with the link for the first administrator."""
_READY_TIMEOUT_S = 120.0


def serve(chosen: Settings, *, worker: bool, example: bool) -> int:
    """Serve until SIGINT or SIGTERM; return the exit code.

    Raises:
        Misconfigured: the port or the data folder is taken, it cannot be written, the database is newer.
        Unavailable: a child process does not start or keeps dying.
    """
    chosen.require_safe_access()
    chosen.prepare_data_dir()
    require_free_port(chosen.host, chosen.port)
    with held(chosen.data_dir, _local_url(chosen)):
        return _served(chosen, worker=worker, example=example)


def _served(chosen: Settings, *, worker: bool, example: bool) -> int:
    app = build(chosen)
    upgrade(app.unit_of_work.engine)
    if chosen.sign_in:
        invite_administrator(app, chosen)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    with_worker = worker and chosen.broker_url is None
    children = Children([Child("dashboard", _module("dashboard"))], stopping)
    if with_worker:
        children.add(Child("worker", _module("workers")))
    try:
        children.start()
        if example and with_worker and example_projects.digits_wanted(app):
            _queue_example(app)
        _watch(chosen, children)
    finally:
        children.stop(grace_s=chosen.grace_s + 5)
        app.close()
    return 0


def invite_administrator(app: Application, chosen: Settings) -> None:
    """Print and store the link with which the first administrator sets a password, if there is none yet."""
    file = chosen.data_dir / FIRST_LINK
    invitation = first_invitation(app)
    if invitation is None:
        file.unlink(missing_ok=True)
        return
    link = password_link(chosen, invitation.token)
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as new:
        new.write(f"{link}\n")
    typer.echo(f"Set the administrator's password with this link, which works once: {link}")
    typer.echo(f"It is also in {file}.")


def password_link(chosen: Settings, token: str) -> str:
    """Return the address at which the owner of a one-time token sets a password."""
    return f"{chosen.public_url or _local_url(chosen)}/set-password/{token}"


def _local_url(chosen: Settings) -> str:
    """Return an address at which this machine reaches the dashboard."""
    try:
        everywhere = ipaddress.ip_address(chosen.host).is_unspecified
    except ValueError:
        everywhere = False
    return f"http://{'127.0.0.1' if everywhere else chosen.host}:{chosen.port}"


def require_free_port(host: str, port: int) -> None:
    """Raise `Misconfigured` if nobody could listen there."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        message = f"Port {port} of {host} cannot be used: {error.strerror or error}."
        hint = (
            f"Stop what listens there, or choose another port: CNC_PORT={port + 1 if port < 65535 else 8050}."
        )
        raise Misconfigured(message, hint) from error


def _watch(chosen: Settings, children: Children) -> None:
    url = _local_url(chosen)
    _until_ready(url, children)
    if children.stopping.is_set():
        return
    typer.echo(f"Compress and Compare is at {url} (Ctrl-C stops it)")
    while not children.stopping.wait(_TICK_S):
        children.look()


def _until_ready(url: str, children: Children) -> None:
    for _ in range(int(_READY_TIMEOUT_S / _TICK_S)):
        if _answers(f"{url}/readyz") or children.stopping.wait(_TICK_S):
            return
        children.look()
    raise Unavailable(
        f"The dashboard did not answer within {_READY_TIMEOUT_S:g} s.", "Look at its messages above."
    )


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  # nosec B310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _queue_example(app: Application) -> None:
    """Queue the example while the children start, so that its models are there when the page is."""
    try:
        submitted = example_projects.queue_digits(app)
    except CompressCompareError as error:
        typer.echo(f"The example could not be queued: {error}", err=True)
        return
    if submitted is not None:
        typer.echo(f"Queued the example project: a base model and {submitted.plan.new_models} made from it.")


def _module(name: str) -> list[str]:
    return [sys.executable, "-m", name, "--calm"]

"""Send one message through one channel, within seconds, or say why not."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import urllib.error
import urllib.request
from datetime import datetime
from typing import Any

from core.domain.notification import Channel, ChannelKind, Message
from core.errors import InvalidInput, Unavailable

TIMEOUT_S = 10.0
SIGNATURE, TIMESTAMP, DELIVERY = "X-CNC-Signature", "X-CNC-Timestamp", "X-CNC-Delivery"
_OF_THIS_MACHINE = ("dbus", "glib", "gnome", "kde", "macosx", "qt", "syslog", "windows")
"""Services of Apprise that would show something on the server's own desktop."""


def check_address(kind: ChannelKind, address: str) -> None:
    """Raise `InvalidInput` if nothing could be sent to an address; nothing is sent."""
    if kind is ChannelKind.WEBHOOK:
        if not address.startswith(("http://", "https://")):
            raise InvalidInput.of("address", "The address of a webhook must start with http:// or https://.")
        return
    if address.partition("://")[0].lower() in _OF_THIS_MACHINE:
        message = "Services of the server's own desktop cannot be used."
        raise InvalidInput.of("address", message, "Use mail, a chat or a webhook.")
    if _apprise(address) is None:
        message = "Apprise does not know this kind of address, or something is missing in it."
        hint = "Write, for example, mailto://user:password@example.org or slack://tokenA/tokenB/tokenC."
        raise InvalidInput.of("address", message, hint)


def send(channel: Channel, delivery_id: int, message: Message, *, link: str, at: datetime) -> None:
    """Send a message; browsers fetch theirs by themselves.

    Raises:
        Unavailable: it did not arrive, as far as the other side said.
    """
    if channel.kind is ChannelKind.WEBHOOK:
        _post(channel, delivery_id, _content(delivery_id, message, link, at), at)
    elif channel.kind is ChannelKind.APPRISE:
        _notify(channel.address, message, link)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return the HMAC-SHA256 of `timestamp.body`, as receivers compute it to check who sent it."""
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"sha256={digest.hexdigest()}"


def _content(delivery_id: int, message: Message, link: str, at: datetime) -> bytes:
    content = {
        "id": delivery_id,
        "event": message.event.value,
        "title": message.title,
        "text": message.body,
        "link": link,
        "sent_at": at.isoformat(timespec="seconds"),
    }
    return json.dumps(content).encode()


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows none: a signed request goes to the address that was entered, and nowhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Return nothing to follow."""


def _post(channel: Channel, delivery_id: int, body: bytes, at: datetime) -> None:
    timestamp = str(int(at.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "compress-and-compare",
        TIMESTAMP: timestamp,
        DELIVERY: str(delivery_id),
        SIGNATURE: signature(channel.secret, timestamp, body),
    }
    request = urllib.request.Request(channel.address, body, headers, method="POST")  # noqa: S310  checked when entered
    try:
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=TIMEOUT_S):
            return
    except urllib.error.HTTPError as error:
        raise Unavailable(f"The receiver answered {error.code}.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise Unavailable(f"The receiver cannot be reached: {reason}.") from error


def _notify(address: str, message: Message, link: str) -> None:
    from apprise import LogCapture

    target = _apprise(address)
    if target is None:
        raise Unavailable("Apprise does not know this kind of address.")
    body = f"{message.body}\n{link}".strip()
    with LogCapture(level=logging.WARNING) as said:  # type: ignore[no-untyped-call]  # it has no types
        if not target.notify(body=body, title=message.title):
            lines = [line for line in said.getvalue().splitlines() if line.strip()]
            raise Unavailable(lines[0].split(" - ", 2)[-1] if lines else "The service did not take it.")


def _apprise(address: str) -> Any | None:
    """Return what sends to an address; the library is loaded by who needs it."""
    from apprise import Apprise, AppriseAsset

    found = Apprise(asset=AppriseAsset(app_id="Compress and Compare", secure_logging=True))
    return found if found.add(address) else None

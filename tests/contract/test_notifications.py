"""Messages about a project: found once, sent once, tried again, signed, and kept in a log; real HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from core.domain.access.caller import Role
from core.domain.notification import DeliveryStatus, Event
from core.domain.project import Project
from core.domain.queue.run import RunError
from core.errors import Forbidden, InvalidInput
from core.services.application import Application
from core.services.notifications import channels
from core.services.notifications.channels import ChannelRequest, NewChannel
from core.services.notifications.delivery import notify
from core.services.notifications.sending import SIGNATURE, TIMESTAMP, signature
from core.services.projects.project_settings import SettingsChange, change_settings
from core.services.queue import run_lifecycle
from core.testing.fakes import SettableClock, acting_as
from core.testing.laboratory import RECIPES, Laboratory


@dataclass
class Receiver:
    """A server on loopback that remembers what it was sent, and answers as told."""

    url: str = ""
    answer: int = 200
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def sent(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(found.answer)
            self.send_header("Location", "http://127.0.0.1:9/")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}/hook?token=hidden"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def project(app: Application, laboratory: Laboratory) -> Project:
    return laboratory.project()


def add(app: Application, project: Project, address: str, *events: Event) -> NewChannel:
    wanted = ChannelRequest(project.id, "team", address, *([events] if events else []))
    return channels.add_channel(app, wanted)


def test_a_study_is_told_once_and_signed(
    app: Application, laboratory: Laboratory, project: Project, receiver: Receiver
) -> None:
    change_settings(app, project.id, SettingsChange(budgets={"file_bytes": 70_000.0}))
    made = add(app, project, receiver.url)
    base = laboratory.base(project)
    laboratory.sweep(project, base.id, (RECIPES[1],))
    laboratory.play()
    assert notify(app) == 3
    assert notify(app) == 0
    told = {one["event"]: one for one in receiver.sent}
    assert set(told) == {"finished", "budget", "front"}
    assert told["finished"]["text"].startswith("9 of 9 runs succeeded")
    assert told["budget"]["title"].startswith("2 models meet all budgets")
    assert "File size" in told["budget"]["text"]
    headers, body = receiver.got[0]
    assert headers[SIGNATURE.lower()] == signature(made.secret, headers[TIMESTAMP.lower()], body)
    assert headers[SIGNATURE.lower()] != signature("another", headers[TIMESTAMP.lower()], body)
    assert "hidden" not in made.channel.shown
    assert "hidden" not in repr(channels.list_channels(app, project.id))


def test_failures_are_one_message_and_ask_for_a_decision(
    app: Application, laboratory: Laboratory, project: Project, receiver: Receiver
) -> None:
    base = laboratory.base(project)
    laboratory.play()
    add(app, project, receiver.url, Event.FAILED, Event.DECISION)
    laboratory.sweep(project, base.id, (RECIPES[1],))
    for _ in range(3):
        run = laboratory.claim()
        assert run is not None
        run_lifecycle.fail(app, run.id, run.attempt, RunError("error", "It broke.", ""))
    assert notify(app) == 2
    failed, decision = receiver.sent
    assert failed["title"] == f"3 runs failed in {project.name}"
    assert "It broke." in failed["text"]
    assert decision["text"].startswith("3 runs failed, so 6 runs that need what they make were skipped")


def test_what_does_not_arrive_is_tried_again_and_given_up(
    app: Application, clock: SettableClock, laboratory: Laboratory, project: Project, receiver: Receiver
) -> None:
    add(app, project, receiver.url, Event.FINISHED)
    receiver.answer = 302  # a redirect is not followed
    base = laboratory.base(project)
    laboratory.sweep(project, base.id, (RECIPES[1],))
    laboratory.play()
    assert notify(app) == 0
    assert notify(app) == 0
    assert len(receiver.got) == 1
    clock.advance(11)
    receiver.answer = 500
    notify(app)
    (waiting,) = channels.deliveries(app, project.id)
    assert (waiting.status, waiting.attempts) == (DeliveryStatus.WAITING, 2)
    assert waiting.error == "The receiver answered 500."
    for _ in range(10):
        clock.advance(7300)
        notify(app)
    assert len(receiver.got) == 6
    (failed,) = channels.deliveries(app, project.id)
    assert failed.status is DeliveryStatus.FAILED


def test_two_processes_send_one_message_once(
    app: Application, laboratory: Laboratory, project: Project, receiver: Receiver
) -> None:
    add(app, project, receiver.url, Event.FINISHED)
    base = laboratory.base(project)
    laboratory.sweep(project, base.id, (RECIPES[1],))
    laboratory.play()
    threads = [threading.Thread(target=notify, args=(app,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    notify(app)
    assert len(receiver.got) == 1


def test_a_test_goes_through_apprise_too(app: Application, project: Project, receiver: Receiver) -> None:
    add(app, project, receiver.url.replace("http://", "json://").partition("?")[0])
    assert channels.send_test(app, project.id, "team").status is DeliveryStatus.DELIVERED
    assert receiver.sent[0]["title"] == "Test of team"
    receiver.answer = 500
    sent = channels.send_test(app, project.id, "team")
    assert sent.status is DeliveryStatus.FAILED
    assert sent.error


@pytest.mark.parametrize("address", ["", "nonsense", "slack://", "dbus://", "file:///etc/passwd"])
def test_addresses_that_cannot_be_used_are_refused(app: Application, project: Project, address: str) -> None:
    with pytest.raises(InvalidInput):
        add(app, project, address)


def test_only_administrators_enter_addresses(app: Application, project: Project, receiver: Receiver) -> None:
    with pytest.raises(Forbidden):
        add(acting_as(app, "kim"), project, receiver.url)
    add(app, project, receiver.url)
    assert channels.send_test(acting_as(app, "kim"), project.id, "team").status is DeliveryStatus.DELIVERED
    with pytest.raises(Forbidden):
        channels.send_test(acting_as(app, "eve", Role.VIEWER), project.id, "team")


def test_browsers_fetch_what_came_after_they_were_told(
    app: Application, laboratory: Laboratory, project: Project
) -> None:
    after = channels.watch_in_browser(app, project.id)
    base = laboratory.base(project)
    laboratory.sweep(project, base.id, (RECIPES[1],))
    laboratory.play()
    notify(app)
    found = channels.browser_messages(app, project.id, after=after)
    assert {one.message.event for one in found} == {Event.FINISHED, Event.FRONT}
    assert channels.browser_messages(app, project.id, after=found[-1].id) == []

"""The page of notification channels: add, choose, test, remove; and the feed for browsers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

import dashboard
from core.services.application import Application
from core.testing.fakes import open_migrated
from core.testing.laboratory import Laboratory

SECRET = "http://127.0.0.1:9/hook?token=gh7Zq"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Application]:
    app = open_migrated(f"sqlite:///{tmp_path / 'test.db'}", tmp_path)
    Laboratory(app).project()
    yield app
    app.close()


@pytest.fixture
def client(app: Application) -> FlaskClient:
    return dashboard.create(app).server.test_client()


def test_a_channel_is_added_tested_and_removed(client: FlaskClient) -> None:
    about = {"project": "digits", "name": "ci"}
    made = client.post("/notifications/add", data={**about, "address": SECRET, "events": ["failed"]})
    assert made.status_code == 200
    assert "not shown again" in made.text
    again = client.post("/notifications/add", data={**about, "address": SECRET, "events": ["failed"]})
    assert again.status_code == 422
    assert "There is a channel ci already." in again.text
    tested = client.post("/notifications/change", data={**about, "do": "test"})
    assert "The test of ci was not delivered. The receiver cannot be reached" in tested.text
    chosen = {**about, "do": "events", "events": ["front", "budget"]}
    assert client.post("/notifications/change", data=chosen).status_code == 302
    page = client.get("/notifications?project=digits").text
    assert page.count("checked") == 2 + 5  # of the channel, and of the form for another one
    assert "gh7Zq" not in page
    assert client.post("/notifications/change", data={**about, "do": "events"}).status_code == 422
    client.post("/notifications/change", data={**about, "do": "remove"})
    assert "Nobody is told yet" in client.get("/notifications?project=digits").text


def test_browsers_begin_at_the_present_message(client: FlaskClient) -> None:
    assert client.get("/notifications/feed?project=digits").get_json() == {"after": 0, "messages": []}
    assert client.get("/notifications/feed?project=digits&after=0").get_json()["messages"] == []
    assert client.get("/notifications/feed?project=none").status_code == 404

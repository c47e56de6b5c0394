"""The web process is complete before it answers anybody."""

from collections.abc import Iterator
from threading import Event, Thread

import pytest
from dash import Dash

import dashboard
from core.services.application import Application
from core.testing.running import Installation
from dashboard.composition import prepared

STYLES = 'rel="stylesheet"'


@pytest.fixture
def product(tmp_path) -> Iterator[Application]:
    installation = Installation(tmp_path)
    installation.prepare()
    product = installation.open()
    yield product
    product.close()


def test_a_page_asked_for_while_another_request_is_the_first_has_its_styles_and_scripts(product, monkeypatch):
    """As after a restart, when tabs that were open ask at once."""
    server, busy, asked = prepared(dashboard.create(product)), Event(), Event()
    collect = Dash._walk_assets_directory

    def collecting(app: Dash) -> None:
        busy.set()
        asked.wait(30)
        collect(app)

    def ask_first() -> None:
        server.test_client().get("/healthz")
        busy.set()

    monkeypatch.setattr(Dash, "_walk_assets_directory", collecting)
    first = Thread(target=ask_first)
    first.start()
    assert busy.wait(30)
    page = server.test_client().get("/").text
    asked.set()
    first.join()
    assert page.count(STYLES) == 1
    assert page.count("<script") > 10

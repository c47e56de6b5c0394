"""The dashboard as a web server: pages, health, headers, and what happens when the database is not ready."""

import re

import pytest

import dashboard
from core.testing.running import Installation
from dashboard.view import ViewPlace, views_at


@pytest.fixture
def product(tmp_path):
    installation = Installation(tmp_path)
    installation.prepare()
    product = installation.open()
    yield product
    product.close()


@pytest.fixture
def client(product):
    return dashboard.create(product).server.test_client()


def test_the_process_is_alive(client):
    assert client.get("/healthz").get_json() == {"status": "alive"}


def test_a_migrated_database_is_ready(client):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ready"})


def test_a_database_that_was_not_migrated_is_not_ready(tmp_path):
    product = Installation(tmp_path).open()
    answer = dashboard.create(product).server.test_client().get("/readyz")
    product.close()
    assert answer.status_code == 503
    assert answer.get_json()["status"] == "not ready"


def test_only_scripts_of_this_server_may_run(client):
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "script-src 'self' 'sha256-" in policy
    assert "unsafe-eval" not in policy
    assert "http" not in policy


def test_the_page_has_outlines_and_its_colours_before_any_script_of_dash(client):
    text = client.get("/").text
    assert text.index("appearance.js") < text.index("shell-boot") < text.index('src="/_dash-component-suites')
    assert text.count("appearance.js") == 1


def test_everything_the_page_loads_is_local(client):
    sources = re.findall(r'(?:src|href)="([^"]+)"', client.get("/").text)
    assert sources
    assert all(source.startswith("/") for source in sources)


@pytest.mark.parametrize(
    "address",
    [
        "/_dash-component-suites/os/path.py",
        "/_dash-component-suites/core/settings.py",
        "/_dash-component-suites/dash/..%2f..%2fpip/__init__.py",
        "/assets/..%2f..%2fpyproject.toml",
    ],
)
def test_a_forged_address_of_a_file_finds_nothing(client, address):
    assert client.get(address).status_code == 404


def test_answers_are_compressed(client):
    assert (
        client.get("/_dash-layout", headers={"Accept-Encoding": "gzip"}).headers["Content-Encoding"] == "gzip"
    )


def test_a_second_dashboard_in_the_process_is_complete_too(product):
    first, second = (dashboard.create(product).server.test_client() for _ in range(2))
    assert first.get("/_dash-dependencies").get_json() == second.get("/_dash-dependencies").get_json()


def test_each_page_asks_a_question(client):
    pages = views_at(ViewPlace.PAGE)
    assert pages[0].name == "overview"
    assert all(view.question.endswith("?") for view in pages)

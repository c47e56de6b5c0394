"""Fixtures for all tests: databases, a broker, a browser, and the data sets that lie beside the checkout."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
import redis

from core.testing.browser import chromium
from core.testing.servers.servers import PostgresServer, RedisServer, database

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}
_NO_BROWSER = pytest.StashKey[bool]()

hypothesis.settings.register_profile("tests", deadline=None, derandomize=IN_CI, print_blob=True)
hypothesis.settings.load_profile("tests")


def pytest_configure(config: pytest.Config) -> None:
    """Keep the person's own settings out of the tests, and each test on one core."""
    for name in [name for name in os.environ if name.startswith("CNC_") and not name.startswith("CNC_TEST_")]:
        del os.environ[name]
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # threads that wait for a busy core take many times longer
    config.stash[_NO_BROWSER] = chromium.executable() is None and not IN_CI


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by what they use, so that `-m 'not browser'` and `-m stack` need no discipline."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & {"browser", "page"}:
            item.add_marker(pytest.mark.browser)
        if "redis_url" in fixtures:
            item.add_marker(pytest.mark.stack)
        # Real browsers and killed processes on a crowded machine: a second try, counted in the summary.
        if IN_CI and (item.get_closest_marker("browser") or {"faults", "integration"} & set(item.path.parts)):
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say aloud that the browser tests did not run."""
    if config.stash.get(_NO_BROWSER, False):
        message = "NO BROWSER: every browser test was skipped. Install Chromium (apt-get install chromium)."
        terminalreporter.write_line(message, yellow=True, bold=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a Postgres server on which databases can be made: TEST_DATABASE_URL or a throw-away one."""
    with ExitStack() as stack:
        yield os.environ.get("TEST_DATABASE_URL") or stack.enter_context(PostgresServer()).url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """URL of an empty Postgres database of this test alone."""
    with database(postgres_server) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database; the test runs once on SQLite and once on Postgres."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def redis_server(worker_id: str) -> Iterator[str]:
    """URL of a Redis database of this test process: on TEST_REDIS_URL's server or on a throw-away one."""
    if shared := os.environ.get("TEST_REDIS_URL"):
        number = int(worker_id.removeprefix("gw")) if worker_id.startswith("gw") else 0
        yield f"{shared.rstrip('/').removesuffix('/0')}/{number}"
        return
    with RedisServer() as server:
        yield server.url


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """URL of an empty Redis database."""
    with redis.from_url(redis_server) as client:
        client.flushdb()
    return redis_server


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Folder with real data sets (CIFAR-10 and others) that CNC_TEST_DATA names; else a skip."""
    named = os.environ.get("CNC_TEST_DATA")
    if not named:
        pytest.skip("CNC_TEST_DATA does not name a folder with the data sets")
    return Path(named)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium; without one the test is skipped, or fails in CI."""
    path = chromium.executable()
    if path is None:
        (pytest.fail if IN_CI else pytest.skip)("no Chromium on this machine")
    with chromium.launched(path) as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of 1440 x 900 pixels in a profile of its own; an uncaught JavaScript error fails the test."""
    errors: list[str] = []
    with chromium.profile(browser) as profile:
        page = profile.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
    assert not errors, f"uncaught errors in the page: {errors}"

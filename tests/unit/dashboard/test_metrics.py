"""Figures for Prometheus: what they are, and who reads them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

import dashboard
from core.services.application import Application
from core.services.queue import run_lifecycle
from core.services.workers.workers import announce, list_workers
from core.testing.fakes import SettableClock, open_migrated
from core.testing.laboratory import CATALOGUE, Laboratory
from core.testing.projects.project_fixtures import clock
from dashboard.access.caller import Access

__all__ = ["clock"]
TOKEN = "2tGc7R4ZLk"


@pytest.fixture
def app(tmp_path: Path, clock: SettableClock) -> Iterator[Application]:
    app = open_migrated(f"sqlite:///{tmp_path / 'test.db'}", tmp_path, clock=clock)
    yield app
    app.close()


def client(app: Application, **access: object) -> FlaskClient:
    return dashboard.create(app, Access(**access)).server.test_client()  # type: ignore[arg-type]  # by name


def read(client: FlaskClient) -> dict[tuple[str, ...], float]:
    """Return samples by name and values of their labels, in the order of the names of these."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_figures_are_those_of_the_database(app: Application, clock: SettableClock) -> None:
    laboratory = Laboratory(app)
    laboratory.open()
    laboratory.base(laboratory.project())
    run = laboratory.claim()
    assert run is not None
    web = client(app)
    assert read(web)["cnc_worker_busy_slots", "laboratory", "laboratory"] == 1
    clock.advance(7)
    run_lifecycle.succeed(app, run.id, run.attempt, laboratory.results(run))
    clock.advance(30)
    found = read(web)
    assert found["cnc_database_up",] == 1
    assert found["cnc_runs", run.kind.value, "succeeded"] == 1
    assert found["cnc_queue_waiting_runs", "cpu"] > 0
    assert found["cnc_queue_oldest_wait_seconds", "cpu"] == 30
    kind = (run.kind.value, "succeeded")
    assert found["cnc_run_duration_seconds_sum", *kind] == pytest.approx(7, abs=0.01)
    assert found["cnc_run_duration_seconds_bucket", kind[0], "5", kind[1]] == 0
    assert found["cnc_run_duration_seconds_bucket", kind[0], "10", kind[1]] == 1
    assert found["cnc_worker_slots", "laboratory", "laboratory"] == 2
    assert found["cnc_http_requests_total", "metrics", "GET", "200"] == 1
    clock.advance(timedelta(minutes=5).total_seconds())
    assert read(web)["cnc_worker_up", "laboratory", "laboratory"] == 0
    announce(app, list_workers(app)[0], CATALOGUE)
    assert read(web)["cnc_worker_up", "laboratory", "laboratory"] == 1


def test_where_people_sign_in_it_needs_a_token(app: Application) -> None:
    assert client(app, sign_in=True, secret="s").get("/metrics").status_code == 404
    web = client(app, sign_in=True, secret="s", metrics_token=TOKEN)
    assert web.get("/metrics").status_code == 401
    assert web.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    answer = web.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert "cnc_database_up 1.0" in answer.text


def test_a_database_that_is_not_ready_is_told(tmp_path: Path) -> None:
    app = open_migrated(f"sqlite:///{tmp_path / 'test.db'}", tmp_path)
    app.close()
    (tmp_path / "test.db").write_bytes(b"")
    assert read(client(app))["cnc_database_up",] == 0

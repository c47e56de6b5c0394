"""A dashboard in this process over a laboratory, whose worker plays runs when a test says so."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from werkzeug.serving import make_server

import dashboard
from core.client import Client
from core.domain.queue.run import RunError
from core.domain.studies.document import study_of
from core.services.behaviour.instance_groups import save_group
from core.services.imports.studies import import_study
from core.services.models import models
from core.services.models.annotations import annotate
from core.services.projects import projects
from core.services.queue import run_lifecycle, runs
from core.testing.laboratory import Laboratory
from core.testing.projects.forests import forest
from core.testing.projects.planting import plant
from core.testing.projects.studies import STUDY
from core.testing.running import Installation


@contextmanager
def open_laboratory(folder: Path) -> Iterator[Laboratory]:
    """Keep an empty installation open whose worker has announced itself."""
    installation = Installation(folder)
    installation.prepare()
    product = installation.open()
    laboratory = Laboratory(product)
    laboratory.open()
    yield laboratory
    product.close()


@contextmanager
def served(laboratory: Laboratory) -> Iterator[str]:
    """Serve the dashboard over a laboratory and tell its address, e.g. `http://127.0.0.1:40123`."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, dashboard.create(laboratory.app).server, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def laboratory(tmp_path: Path) -> Iterator[Laboratory]:
    """An empty laboratory of this test alone."""
    with open_laboratory(tmp_path) as laboratory:
        yield laboratory


@pytest.fixture
def address(laboratory: Laboratory) -> Iterator[str]:
    """Where the dashboard over the test's own laboratory is served."""
    with served(laboratory) as address:
        yield address


@pytest.fixture(scope="session")
def example_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a finished project of 29 models is served; for tests that change nothing."""
    with open_laboratory(tmp_path_factory.mktemp("example")) as laboratory:
        project = laboratory.project()
        laboratory.sweep(project, laboratory.base(project).id)
        laboratory.play()
        with served(laboratory) as address:
            yield address


@pytest.fixture(scope="session")
def large_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a project of 500 models in deep branches is served; for tests that change nothing."""
    with open_laboratory(tmp_path_factory.mktemp("large")) as laboratory:
        plant(laboratory.app, laboratory.project(), forest(500, bases=1, depth=5))
        with served(laboratory) as address:
            yield address


@pytest.fixture(scope="module")
def lively_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where four projects are served: `digits` (finished), `busy`, `study` (imported) and `empty`."""
    with open_laboratory(tmp_path_factory.mktemp("lively")) as laboratory:
        digits = laboratory.project()
        laboratory.sweep(digits, laboratory.base(digits).id)
        laboratory.play()
        import_study(laboratory.app, study_of(STUDY), name="Study")
        laboratory.project("Empty", "empty")
        _start_working(laboratory)
        with served(laboratory) as address:
            yield address


def _start_working(laboratory: Laboratory) -> None:
    """Leave a project with one run that failed, one that is running and has written, and others to do."""
    busy = laboratory.project("Busy", "busy")
    laboratory.sweep(busy, laboratory.base(busy).id)
    laboratory.play(6)
    failing, running = laboratory.claim(), laboratory.claim()
    assert failing is not None
    assert running is not None
    error = RunError("boom", "The disk is full.", "Free some space.", "Traceback: line 1")
    run_lifecycle.fail(laboratory.app, failing.id, failing.attempt, error)
    run_lifecycle.report_progress(laboratory.app, running.id, running.attempt, 0.25, "epoch 1 of 4")
    log = runs.log_path(laboratory.app, running.id)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("epoch 1\n")


HOSTILE = '<img src=x onerror="window.harmed=1"><b>bold</b> {{7*7}} \U0001f600'
"""A name with markup and an emoji."""

LOGGED = "logged-img-src-x-onerror-window-harmed-1-b-bold-b-7-7"
"""Short name of the project of models that were logged with such names."""

TURNED = f"{HOSTILE} \u202egnol"
"""A text with a character that turns the direction of writing, which names are refused for."""


@pytest.fixture(scope="module")
def hostile_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the project `hostile` and an imported study are served, with names that are hostile or long."""
    with open_laboratory(tmp_path_factory.mktemp("hostile")) as laboratory:
        project = laboratory.project(HOSTILE, "hostile")
        base = laboratory.base(project, HOSTILE)
        laboratory.base(project, "endless" * 28, seed=1)
        laboratory.sweep(project, base.id)
        laboratory.play(8)
        failing = laboratory.claim()
        assert failing is not None
        log = runs.log_path(laboratory.app, failing.id)
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(TURNED)
        error = RunError(TURNED, TURNED, TURNED, TURNED)
        run_lifecycle.fail(laboratory.app, failing.id, failing.attempt, error)
        annotate(laboratory.app, [base.id], note=HOSTILE, add_tags=[HOSTILE[:40]], starred=True)
        import_study(laboratory.app, study_of(_hostile_study()), name="Study " + HOSTILE[:80])
        with served(laboratory) as address:
            _log_hostile_models(address)
            _save_hostile_group(laboratory)
            yield address


def _log_hostile_models(address: str) -> None:
    """Log two models as programs do, with hostile names of metrics, classes, instances, steps and layers."""
    client = Client(address)
    slug = client.create_project(f"Logged {HOSTILE[:80]}")["slug"]
    assert slug == LOGGED
    ids = [f"{HOSTILE[:60]}{number}.png" for number in range(8)]
    classes = [HOSTILE[:60], "b"]
    labels = [classes[number % 2] for number in range(8)]
    weights = np.arange(12, dtype=np.float32).reshape(3, 4)
    with client.model(HOSTILE, project=slug, tags=[HOSTILE[:40]], note=HOSTILE) as base:
        base.log_metrics({HOSTILE: 0.5}, **{HOSTILE: {"label": HOSTILE, "unit": "<i>s</i>"}})
        base.log_predictions(ids, labels, labels)
        base.log_weights({f"{HOSTILE}.weight": weights})
    step = (HOSTILE, {HOSTILE: HOSTILE})
    with client.model(f"{HOSTILE} again", project=slug, parent=base, step=step) as model:
        model.log_metrics({HOSTILE: 0.25})
        model.log_predictions(ids, [classes[0]] * 8)
        model.log_weights({f"{HOSTILE}.weight": weights // 2})


def _save_hostile_group(laboratory: Laboratory) -> None:
    project = projects.get_project(laboratory.app, LOGGED)
    base = models.list_models(laboratory.app, project.id)[0]
    with laboratory.app.unit_of_work() as uow:
        evaluation = uow.evaluations.of_model(base.id)[0]
    save_group(laboratory.app, evaluation, HOSTILE[:60], [0, 1])


def _hostile_study() -> dict[str, Any]:
    step = {"name": HOSTILE, "parameters": {HOSTILE: HOSTILE}}
    figures = {HOSTILE: 0.5, "size": 3}
    base = {"id": HOSTILE, "tag": HOSTILE, "base": None, "operation": None, "metrics": figures}
    made = [
        {"id": f"{HOSTILE}{place}", "base": HOSTILE, "operation": step, "metrics": figures}
        for place in (1, 2)
    ]
    return {"operations": [], "metrics": [{"name": HOSTILE, "unit": "<i>s</i>"}], "models": [base, *made]}

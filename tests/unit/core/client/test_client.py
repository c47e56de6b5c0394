"""The client against a real server: the example of the documents, experiments, and what goes wrong."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from werkzeug.serving import make_server

from core.client import ApiError, Client
from core.client.tables import column
from core.services.application import Application
from core.testing.fakes import open_migrated
from core.testing.laboratory import Laboratory
from dashboard.factory import create

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Laboratory, str]]:
    folder = tmp_path_factory.mktemp("client")
    opened: Application = open_migrated(f"sqlite:///{folder / 'test.db'}", folder)
    laboratory = Laboratory(opened)
    laboratory.open()
    laboratory.base(laboratory.project())
    laboratory.play_together(10)
    laboratory.play_together(10)
    server = make_server("127.0.0.1", 0, create(opened).server, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield laboratory, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    opened.close()


def test_the_example_of_the_documents_runs(served: tuple[Laboratory, str]) -> None:
    _, url = served
    command = [sys.executable, str(ROOT / "docs" / "examples" / "log_models.py"), url]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=100, check=False)
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert [line.partition(":")[0] for line in lines[:2]] == ["linear", "linear, 25% pruned"]
    layers = Client(url).layers(Client(url).models("my-own-pruning").named("linear, 50% pruned")["id"])
    assert layers["zeros"].tolist() == [24.0]
    assert layers["relative_l2"][0] == pytest.approx(0.26, abs=0.15)


def test_experiments_are_previewed_submitted_waited_for_and_cancelled(served: tuple[Laboratory, str]) -> None:
    laboratory, url = served
    client = Client(url)
    recipes = [[("prune", {"sparsity": [0.3, 0.9]})]]
    assert client.preview("digits", "residual CNN", recipes)["new_models"] == 2
    experiment = client.submit("digits", "residual CNN", recipes, name="<i>night</i>")
    assert "&lt;i&gt;night" in experiment._repr_html_()
    with pytest.raises(TimeoutError, match="queued"):
        experiment.wait(0.0)
    while laboratory.play_together(10):
        pass
    assert experiment.wait(10)["state"] == "done"
    frame = client.models("digits", experiment=experiment.id).frame()
    assert frame["parameter.sparsity"].tolist() == [0.3, 0.9]
    assert frame["top1"].dtype == np.float64
    assert client.cancel([run["id"] for run in client.runs(experiment=experiment.id)]) == []
    changes = client.compare(experiment.models)
    assert len(changes["models"]) == 2


def log_and_fail(client: Client, project: str) -> None:
    with client.model("half", project=project) as model:
        model.log_metrics({"accuracy": 0.5})
        model.log_metrics({"speed": 1 / 0})


def test_an_exception_in_the_block_keeps_nothing(served: tuple[Laboratory, str]) -> None:
    client = Client(served[1])
    project = client.create_project("Fragile")["slug"]
    with pytest.raises(ZeroDivisionError):
        log_and_fail(client, project)
    assert client.models(project) == []
    with (
        pytest.raises(ApiError, match="parent") as caught,
        client.model("x", project=project, parent=9) as model,
    ):
        model.log_metrics({"accuracy": 0.5})
    assert caught.value.status == 422
    with client.model("<b>bold</b>", project=project) as model:
        model.log_metrics({"accuracy": np.float32(0.5), "odd": float("nan")})
    shown = client.models(project)._repr_html_()
    assert "&lt;b&gt;bold" in shown
    assert np.isnan(client.models(project).frame()["odd"][0])


def test_what_cannot_be_reached_is_named() -> None:
    with pytest.raises(ValueError, match="no address of a server"):
        Client("localhost:8050")


def test_columns_are_numbers_where_all_values_are() -> None:
    assert column([1, None, "NaN"]).dtype == np.float64
    assert column([1, "a"]).dtype == object
    assert column([True, False]).dtype == bool


def test_the_client_needs_no_torch_and_no_dash() -> None:
    code = "import sys, core.client; print({'torch', 'dash', 'pydantic', 'sqlalchemy'} & {*sys.modules})"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ran.stdout.strip() == "set()"

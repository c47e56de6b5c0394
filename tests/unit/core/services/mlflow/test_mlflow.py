"""Models go to an MLflow server and come back as a study; the server follows the documented REST API 2.0."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from core.domain.metric import Authority, Direction
from core.domain.recipe import SweepStep
from core.errors import InvalidInput, NotFound, Unavailable
from core.services.mlflow.handover import HandOverChoice, hand_over
from core.services.mlflow.rest import PARENT, MlflowRun, MlflowServer
from core.services.mlflow.studies import StudyChoice, document_of, import_experiment
from core.services.models.models import list_models
from core.services.projects.projects import get_project
from core.testing.laboratory import Laboratory


class Tracking(ThreadingHTTPServer):
    """Keeps experiments and runs in memory; answers two runs at a time, so that pages are followed."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.experiments: dict[str, str] = {}
        self.runs: dict[str, dict[str, Any]] = {}


class _Answering(BaseHTTPRequestHandler):
    server: Tracking

    def do_GET(self) -> None:
        (name,) = parse_qs(urlsplit(self.path).query)["experiment_name"]
        if name in self.server.experiments:
            self._answer({"experiment": {"experiment_id": self.server.experiments[name]}})
        else:
            self._answer({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": f"no {name}"}, 404)

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        runs = self.server.runs
        match self.path.removeprefix("/api/2.0/mlflow/"):
            case "experiments/create":
                self.server.experiments[told["name"]] = str(len(self.server.experiments) + 1)
                self._answer({"experiment_id": self.server.experiments[told["name"]]})
            case "runs/create":
                info = {"run_id": f"{len(runs):032x}", "artifact_uri": "mlflow-artifacts:/1/x/artifacts"}
                runs[info["run_id"]] = {"info": info, "data": {"params": {}, "metrics": {}, "tags": {}}}
                self._answer({"run": {"info": info, "data": {}}})
            case "runs/log-batch":
                for kind in ("params", "metrics", "tags"):
                    assert len(told[kind]) <= 100
                    runs[told["run_id"]]["data"][kind] |= {each["key"]: each["value"] for each in told[kind]}
                self._answer({})
            case "runs/update":
                runs[told["run_id"]]["info"]["status"] = told["status"]
                self._answer({})
            case "runs/search":
                start = int(told.get("page_token", 0))
                page = [self._run(run) for run in list(runs.values())[start : start + 2]]
                more = {"next_page_token": str(start + 2)} if start + 2 < len(runs) else {}
                self._answer({"runs": page, **more})

    def _run(self, run: dict[str, Any]) -> dict[str, Any]:
        listed = {
            kind: [{"key": name, "value": value} for name, value in values.items()]
            for kind, values in run["data"].items()
        }
        return {"info": run["info"], "data": listed}

    def _answer(self, content: Any, status: int = 200) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def tracking() -> Iterator[Tracking]:
    server = Tracking()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_models_become_runs_and_the_runs_a_study(laboratory: Laboratory, tracking: Tracking) -> None:
    app = laboratory.app
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.sweep(project, base.id, ((SweepStep("prune", {"sparsity": (0.5, 0.9)}),),))
    laboratory.play()
    server = MlflowServer(f"http://127.0.0.1:{tracking.server_port}")
    first = hand_over(app, project, server, HandOverChoice())
    again = hand_over(app, project, server, HandOverChoice())
    assert (first.made, again.made, again.renewed, len(tracking.runs)) == (3, 0, 3, 3)
    runs = list(tracking.runs.values())
    root = runs[0]["info"]["run_id"]
    assert [run["data"]["tags"].get(PARENT) for run in runs] == [None, root, root]
    assert runs[1]["data"]["params"] == {"technique": "prune", "sparsity": "0.5", "seed": "0"}
    assert (
        runs[1]["data"]["metrics"]["top1.recovery"]
        == list_models(app, project.id)[1].metrics["top1@recovery"]
    )
    made = import_experiment(app, server, StudyChoice(project.name, name="Back"))
    back = get_project(app, made.project.slug)
    models = list_models(app, back.id)
    for old, new in zip(list_models(app, project.id), models, strict=True):
        assert (new.name, new.step and new.step.technique) == (old.name, old.step and old.step.technique)
        assert new.metrics["top1"] == old.metrics["top1"]
    assert [model.parent_id for model in models] == [None, models[0].id, models[0].id]
    assert models[1].step is not None
    assert models[1].step.parameters == {"sparsity": 0.5}
    latency = back.metric("latency_ms")
    assert latency is not None
    assert (latency.direction, latency.authority) == (Direction.LOWER, Authority.DECLARED)


def test_what_the_server_refuses_is_said(laboratory: Laboratory, tracking: Tracking) -> None:
    server = MlflowServer(f"http://127.0.0.1:{tracking.server_port}")
    with pytest.raises(NotFound, match="no nothing"):
        import_experiment(laboratory.app, server, StudyChoice("nothing"))
    server.make_experiment("empty")
    with pytest.raises(InvalidInput, match="The experiment empty has no runs"):
        import_experiment(laboratory.app, server, StudyChoice("empty"))
    with pytest.raises(InvalidInput, match="is no address"):
        MlflowServer("file:///mlruns")
    with pytest.raises(Unavailable, match="does not answer"):
        MlflowServer("http://127.0.0.1:1").experiment("x")


def test_lineage_from_another_tag_and_directions_that_are_asked_for() -> None:
    runs = [
        MlflowRun("a", "", "FINISHED", {"lr": "0.1", "norm": "True"}, {"quality_x": 1.0}, {}),
        MlflowRun("b", "", "RUNNING", {"bits": "4"}, {"quality_x": 0.9}, {"made_from": "a"}),
        MlflowRun("c", "", "FINISHED", {}, {"quality_x": float("nan")}, {"made_from": "gone"}),
    ]
    document, noted = document_of(runs, StudyChoice("x", parent_tag="made_from", higher=("quality_x",)))
    assert [model["base"] for model in document["models"]] == [None, "a", None]
    assert document["models"][0]["operation"] == {
        "name": "run",
        "parameters": {"lr": 0.1, "norm": True},
        "seed": 0,
    }
    assert document["metrics"] == [{"name": "quality_x", "direction": "higher"}]
    assert [sentence.split(" ", 1)[0] for sentence in noted] == ["1", "1"]
    with pytest.raises(InvalidInput, match="No run has a metric 'other'"):
        document_of(runs, StudyChoice("x", lower=("other",)))

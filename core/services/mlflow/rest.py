"""The part of MLflow's REST API 2.0 that is needed here, over the standard library alone."""

from __future__ import annotations

import base64
import json
import math
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, unquote, urlsplit

from core.errors import InvalidInput, Misconfigured, NotFound, Unavailable

PARENT = "mlflow.parentRunId"
RUN_NAME = "mlflow.runName"
NOTE = "mlflow.note.content"
_TIMEOUT_S = 180.0
_PAGE = 1000
_MOST_AT_ONCE = 100
"""Parameters, metrics or tags in one request: the server takes no more of the first and the last."""
_MOST_ANSWER = 256 * 1024**2
_MISSING = "RESOURCE_DOES_NOT_EXIST"


@dataclass(frozen=True)
class MlflowRun:
    """A run as the server keeps it; of each metric the latest value."""

    id: str
    artifact_uri: str
    status: str
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]


@dataclass(frozen=True)
class RunContent:
    """What to log of a run. ended_ms: None while it goes on; times are milliseconds since 1970."""

    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    started_ms: int
    ended_ms: int | None
    status: str = "FINISHED"


class MlflowServer:
    """A tracking server. url: its address; user and password may stand in it. token: of a proxy before it.

    Every method raises `Unavailable` where the server does not answer, and `Misconfigured` where it refuses.
    """

    def __init__(self, url: str, token: str = "") -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            hint = "Give the address of its tracking server, such as http://127.0.0.1:5000."
            raise InvalidInput.of("uri", f"{url!r} is no address of an MLflow server.", hint)
        host = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
        self._url = f"{parts.scheme}://{host}{parts.path}".rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        if parts.username and not token:
            both = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self._headers = {"Authorization": f"Basic {base64.b64encode(both.encode()).decode()}"}

    def experiment(self, name: str) -> str:
        """Return the id of an experiment; `NotFound` if there is none of that name."""
        answer = self._call("GET", f"experiments/get-by-name?experiment_name={quote(name, safe='')}")
        return str(answer["experiment"]["experiment_id"])

    def make_experiment(self, name: str) -> str:
        """Return the id of an experiment, which is made where there is none of that name."""
        try:
            return self.experiment(name)
        except NotFound:
            return str(self._call("POST", "experiments/create", {"name": name})["experiment_id"])

    def runs(self, experiment_id: str, condition: str = "") -> Iterator[MlflowRun]:
        """Yield the runs of an experiment that are not deleted, oldest first."""
        asked: dict[str, Any] = {
            "experiment_ids": [experiment_id],
            "filter": condition,
            "run_view_type": "ACTIVE_ONLY",
            "max_results": _PAGE,
            "order_by": ["attributes.start_time ASC"],
        }
        while True:
            answer = self._call("POST", "runs/search", asked)
            yield from (_run(each) for each in answer.get("runs", ()))
            if not (token := answer.get("next_page_token")):
                return
            asked["page_token"] = token

    def make_run(self, experiment_id: str, name: str, started_ms: int) -> MlflowRun:
        """Make an empty run."""
        tags = [{"key": RUN_NAME, "value": name}]
        content = {"experiment_id": experiment_id, "start_time": started_ms, "run_name": name, "tags": tags}
        return _run(self._call("POST", "runs/create", content)["run"])

    def log(self, run_id: str, content: RunContent) -> None:
        """Add parameters, metrics and tags to a run, and end it."""
        at = content.ended_ms or content.started_ms
        kinds: Mapping[str, Sequence[Mapping[str, Any]]] = {
            "params": [{"key": name, "value": value} for name, value in content.params.items()],
            "metrics": [
                {"key": name, "value": _number(value), "timestamp": at, "step": 0}
                for name, value in content.metrics.items()
            ],
            "tags": [{"key": name, "value": value} for name, value in content.tags.items()],
        }
        for start in range(0, max(map(len, kinds.values())), _MOST_AT_ONCE):
            parts = {kind: list(each[start : start + _MOST_AT_ONCE]) for kind, each in kinds.items()}
            self._call("POST", "runs/log-batch", {"run_id": run_id, **parts})
        ended = {"end_time": content.ended_ms} if content.ended_ms is not None else {}
        self._call("POST", "runs/update", {"run_id": run_id, "status": content.status, **ended})

    def put(self, run: MlflowRun, file: Path) -> None:
        """Store a file as an artifact of a run, through the server or in a folder that both see."""
        parts = urlsplit(run.artifact_uri)
        if parts.scheme == "mlflow-artifacts":
            path = quote(f"{parts.path.strip('/')}/{file.name}")
            with file.open("rb") as content:
                self._send("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{path}", content, file.stat().st_size)
        elif parts.scheme in {"", "file"}:
            folder = Path(unquote(parts.path))
            try:
                folder.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, folder / file.name)
            except OSError as error:
                message = f"The folder {folder} of the server's artifacts cannot be written here: {error}."
                raise Misconfigured(
                    message, "Hand over without artifacts, or run this where it is."
                ) from error
        else:
            message = f"The server keeps artifacts at {parts.scheme}://, where only it can write."
            raise Misconfigured(message, "Start it with --serve-artifacts, or hand over without artifacts.")

    def _call(self, method: str, path: str, content: Mapping[str, Any] | None = None) -> Any:
        body = None if content is None else json.dumps(content).encode()
        answer = self._send(method, f"/api/2.0/mlflow/{path}", body, None if body is None else len(body))
        try:
            return json.loads(answer or b"{}")
        except ValueError as error:
            message = f"{self._url} does not answer as an MLflow server does."
            raise Misconfigured(message, "Check the address.") from error

    def _send(self, method: str, path: str, body: bytes | IO[bytes] | None, size: int | None) -> bytes:
        kind = "application/json" if isinstance(body, bytes) else "application/octet-stream"
        headers = self._headers | (
            {} if size is None else {"Content-Type": kind, "Content-Length": str(size)}
        )
        request = urllib.request.Request(self._url + path, body, headers, method=method)  # noqa: S310  http only
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310  # nosec B310
                content: bytes = answer.read(_MOST_ANSWER)
                return content
        except urllib.error.HTTPError as error:
            raise _refusal(error, self._url) from error
        except OSError as error:
            reason = getattr(error, "reason", error)
            raise Unavailable(
                f"The MLflow server {self._url} does not answer: {reason}.", "Start it."
            ) from error


def _refusal(error: urllib.error.HTTPError, url: str) -> NotFound | Misconfigured:
    try:
        told = json.loads(error.read(100_000))
        code, reason = str(told.get("error_code", "")), str(told.get("message", ""))
    except (ValueError, AttributeError):
        code, reason = "", ""
    if code == _MISSING:
        return NotFound(f"The MLflow server has nothing of that name: {reason}", "List its experiments.")
    said = reason or f"it answers {error.code}"
    return Misconfigured(f"The MLflow server {url} refuses: {said}", "Check the address, and who may write.")


def _run(told: Mapping[str, Any]) -> MlflowRun:
    info, data = told["info"], told.get("data", {})
    return MlflowRun(
        id=str(info.get("run_id") or info["run_uuid"]),
        artifact_uri=str(info.get("artifact_uri", "")),
        status=str(info.get("status", "")),
        params={each["key"]: str(each.get("value", "")) for each in data.get("params", ())},
        metrics={each["key"]: float(each["value"]) for each in data.get("metrics", ()) if "value" in each},
        tags={each["key"]: str(each.get("value", "")) for each in data.get("tags", ())},
    )


def _number(value: float) -> float | str:
    """Return a number as JSON has it; what is not finite as the words that the server reads."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"

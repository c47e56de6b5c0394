"""What happens inside a run process: one run, from loading it to committing its results."""

from __future__ import annotations

import importlib
import logging
import re
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from sqlalchemy.orm import configure_mappers

from core import logs
from core.data.pictures.decoded_cache import DecodedCache
from core.domain.catalogue import PluginProblem, Worker
from core.domain.ids import RunId, WorkerId
from core.domain.queue.run import Run, RunError, RunStatus
from core.errors import CompressCompareError, Conflict, Unavailable, UnusableInput
from core.evaluation.profiling.batching import out_of_memory
from core.execution.base import RunContext, jobs
from core.execution.catalogue import catalogue
from core.execution.device.environment import devices, versions
from core.execution.device.gpus import driver_gpus
from core.execution.device.numerics import reproducible
from core.execution.process_setup import ProcessSetup
from core.execution.progress import DatabaseProgress
from core.execution.registries import PLUGIN_MODULES, is_plugin, load_registries
from core.services.application import Application, open_application
from core.services.queue import run_lifecycle
from core.services.queue.runs import get_run
from core.services.workers import workers as worker_service

log = logging.getLogger(__name__)

_PRELOADED = ("torchvision", "transformers", "sklearn.datasets", "psycopg")
_PAUSES_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Between tries to record how a run ended."""
_OURS = ("core", "workers")
_plugin_problems: list[PluginProblem] = []


def preload(plugins_dir: str | None) -> None:
    """Import everything that runs may need and fill the registries; computes nothing, touches no device."""
    for module in _PRELOADED:
        with suppress(ModuleNotFoundError):
            importlib.import_module(module)
    configure_mappers()
    _plugin_problems[:] = load_registries(Path(plugins_dir) if plugins_dir else None)


def announce(place: Mapping[str, Any], worker: Mapping[str, Any]) -> None:
    """Publish what this machine can do under the name of the worker that asks."""
    now = datetime.now(UTC)
    described = Worker(
        id=WorkerId(worker["id"]),
        host=worker["host"],
        pid=worker["pid"],
        queues=tuple(worker["queues"]),
        slots=worker["slots"],
        started_at=datetime.fromisoformat(worker["started_at"]),
        last_seen_at=now,
    )
    with closing(open_application(ProcessSetup.from_json(place).connection)) as app:
        full = replace(described, devices=devices(), versions=versions())
        worker_service.announce(app, full, catalogue(_plugin_problems))


def execute(place: Mapping[str, Any], run_id: int, attempt: int) -> None:
    """Carry out one attempt of a run and commit what comes of it, success or error.

    Ends without a trace where the attempt is not the present one any more.
    """
    logs.configure(stream=sys.stdout)
    connection = ProcessSetup.from_json(place).connection
    cache = DecodedCache(connection.cache_dir / "decoded")
    with closing(open_application(connection)) as app:
        run = get_run(app, RunId(run_id))
        if run.attempt != attempt or run.status is not RunStatus.RUNNING:
            log.warning(
                "Not ours any more", extra={"run": run_id, "attempt": attempt, "status": run.status.value}
            )
            return
        try:
            _perform(app, run, cache)
        except Conflict as error:
            log.warning("Stopped: %s", error.message, extra={"run": run_id, "attempt": attempt})
        except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001  (all is stored with the run)
            failure = described(error)
            sys.stdout.write(failure.traceback)  # in a run's log over many lines: people read it
            facts = {"run": run_id, "attempt": attempt}
            log.error("Run failed: %s", failure.message, extra=facts)  # noqa: TRY400
            patiently(lambda: run_lifecycle.fail(app, run.id, attempt, failure))


def _perform(app: Application, run: Run, cache: DecodedCache | None = None) -> None:
    device = device_of(run.queue, turn=run.id)
    with reproducible(device) as in_any_order:
        progress = DatabaseProgress(app, run)
        run_context = RunContext(app, run, device, progress, cache, in_any_order)
        if run_context.computed_elsewhere:
            run_context = replace(run_context, device=torch.device("cpu"))
        try:
            results = jobs.get(run.kind).perform(run_context)
        finally:
            patiently(progress.flush)
    patiently(lambda: run_lifecycle.succeed(app, run.id, run.attempt, results))


def patiently(
    act: Callable[[], None],
    pauses_s: Sequence[float] = _PAUSES_S,
    sleep: Callable[[float], object] = time.sleep,
) -> None:
    """Act, again and again while the database is away: what took long to compute is not thrown away."""
    for pause_s in pauses_s:
        try:
            return act()
        except Unavailable as error:
            log.warning("Not recorded yet: %s", error.message, extra={"again_in_s": pause_s})
            sleep(pause_s)
    return act()


def device_of(queue: str, *, turn: int = 0) -> torch.device:
    """Return the device that runs of a queue use: `cpu`, `gpu`, or `gpu.<host>.<number>`.

    The number is the machine's own, whatever part of its GPUs this worker sees. On `gpu`, runs take the
    worker's GPUs in `turn`.

    Raises:
        UnusableInput: the queue asks for a GPU that this worker does not have.
    """
    if not queue.startswith("gpu"):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise UnusableInput(
            "This run needs a GPU, but its worker has none.", "Queue it on cpu, or start a GPU worker."
        )
    count = torch.cuda.device_count()
    numbered = re.search(r"\.(\d+)$", queue)
    if numbered is None:
        return torch.device("cuda", turn % count)
    numbers = driver_gpus()
    known = numbers if len(numbers) == count else tuple(range(count))
    if int(numbered[1]) not in known:
        shown = ", ".join(map(str, known))
        raise UnusableInput(
            f"This run needs GPU {numbered[1]}, but its worker has only {shown}.", "Queue it on gpu."
        )
    return torch.device("cuda", known.index(int(numbered[1])))


def described(error: BaseException) -> RunError:
    """Return an error as it is stored with a run, in words for people, with the traceback to fold."""
    trace = "".join(traceback.format_exception(error))
    if isinstance(error, CompressCompareError):
        return RunError(error.code, error.message, error.hint, trace)
    if out_of_memory(error):
        hint = "Use a smaller batch size, fewer runs at once (CNC_SLOTS), or a device with more memory."
        return RunError("out-of-memory", "There was not enough memory for this run.", hint, trace)
    if isinstance(error, OSError):
        message = f"A file or connection could not be used: {error}."
        return RunError("os-error", message, "Check free disk space and permissions, then retry.", trace)
    plugin = _plugin_of(error)
    if plugin:
        message = f"The plug-in {plugin} failed: {type(error).__name__}: {error}"
        return RunError("plug-in", message, "Correct it, restart the worker, then retry.", trace)
    message = f"Something unexpected went wrong: {type(error).__name__}: {error}"
    return RunError(
        "unexpected", message, "This is a fault of the program; please report it with the log.", trace
    )


def _plugin_of(error: BaseException) -> str:
    """Return file and line of the plug-in that an error comes from, empty if none.

    Libraries that a plug-in calls fail because of it; the product's own code, such as a hook on a layer of
    the plug-in's model, fails by itself.
    """
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        module = str(frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] in _OURS and not is_plugin(module):
            return ""
        if is_plugin(module):
            inside = module.startswith(f"{PLUGIN_MODULES}.")
            named = Path(frame.f_code.co_filename).name if inside else module
            return f"{named}, line {line},"
    return ""

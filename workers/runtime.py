"""A worker as a whole: its identity, the runs it has, the processes that do them, and its upkeep."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Self

from core import logs
from core.domain.catalogue import Catalogue, Worker
from core.domain.ids import RunId
from core.domain.queue.run import Run
from core.errors import CompressCompareError, NotFound, Unavailable
from core.execution.device.gpus import driver_gpus
from core.execution.process_setup import ProcessSetup
from core.services.application import Application
from core.services.notifications.delivery import notify
from core.services.queue import run_lifecycle
from core.services.queue.runs import log_path
from core.services.search.advancing import advance_searches
from core.services.uploads.uploads import remove_unused
from core.services.workers import workers as worker_service
from core.services.workers.host import place
from workers.identity import gone, process_started
from workers.idle.back_off import BackOff
from workers.idle.data_previewer import DataPreviewer
from workers.idle.plugin_watch import PluginWatch
from workers.idle.reminder import Reminder
from workers.idle.storage_watch import AGAIN_S, StorageWatch
from workers.idle.upkeep import Periodic
from workers.life import DatabaseLife
from workers.machine.sampler import Sampler
from workers.processes.children import ChildStarter
from workers.processes.supervisor import Supervisor
from workers.processes.timers import Pace
from workers.processes.wire import Call, Job

log = logging.getLogger(__name__)

_HEARTBEAT_S = 5.0
_SWEEP_S = 5.0
_UPLOADS_S = 3600.0
_NOTIFY_S = 5.0
_LOOK_S = 3.0
_PLUGINS_S = 2.0
_ANNOUNCE_TIMEOUT_S = 60.0


class Runtime:
    """Starts and stops a worker, and carries out claimed runs; `execute` may be called from many threads.

    failure: why it stopped by itself, if it did; all its runs are back in the queue then.
    starting: whether it still loads libraries, which ends with them.
    draining: whether it takes no more runs; `on_drain` is called when this changes.
    """

    def __init__(
        self, app: Application, worker: Worker, starter: ChildStarter, *, place: ProcessSetup, pace: Pace
    ) -> None:
        self.app, self.worker = app, worker
        self.stopping = threading.Event()
        self.failure: Unavailable | None = None
        self.starting = False
        self.draining = False
        self.on_drain: Callable[[bool], object] = lambda _draining: None
        self._starter, self._place = starter, place
        life = DatabaseLife(app)
        self._sampler = Sampler(driver_gpus(), every_s=_HEARTBEAT_S)
        self._supervisor = Supervisor(
            life, starter, self._job, self.stopping, self._give_up, pace, meters=self._sampler
        )
        self._running: set[RunId] = set()
        self._patience = BackOff()
        self._storage = StorageWatch(app.artifacts, worker.id)
        self._reminder = Reminder(app, worker.queues, self._patience)
        self._heartbeats = Periodic("heartbeat", every_s=_HEARTBEAT_S, act=self._heartbeat)
        self._upkeep = (
            Periodic("sweep", every_s=_SWEEP_S, act=self._sweep),
            Periodic("early look", every_s=_LOOK_S, act=self._early_look()),
            Periodic(
                "plug-ins", every_s=_PLUGINS_S, act=PluginWatch(place.plugins_dir, self._load_again).look
            ),
            Periodic("notifications", every_s=_NOTIFY_S, act=lambda: notify(app)),
            Periodic("storage", every_s=AGAIN_S, act=self._watch_storage),
            Periodic("uploads", every_s=_UPLOADS_S, act=lambda: remove_unused(app)),
        )

    def __enter__(self) -> Self:
        try:
            self.starting = True
            self.start()
        except BaseException:
            self.starting = False
            with suppress(CompressCompareError):  # the first error says more
                self.stop()
            raise
        self.starting = False
        return self

    def ask_to_stop(self) -> None:
        """Stop as soon as may be, called from the main thread by a signal.

        Raises:
            SystemExit: it is still starting, and leaves at once: nothing has been claimed yet.
        """
        self.stopping.set()
        if self.starting:
            self.starting = False
            raise SystemExit(0)

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Recover what earlier workers of this place left, load the libraries, announce what can be done.

        Meanwhile it is known as a worker that is starting.

        Raises:
            Unavailable: the libraries cannot be loaded, or the catalogue cannot be published.
        """
        self._recover()
        worker_service.announce(self.app, self.worker, Catalogue())
        self._heartbeats.start()
        self._starter.ready()
        self._announce()
        for periodic in self._upkeep:
            periodic.start()
        log.info(
            "Worker ready",
            extra={"action": "worker_ready", "worker": self.worker.id, "slots": self.worker.slots},
        )

    def claim(self, queues: Collection[str]) -> Run | None:
        """Take the next run of these queues; None if there is none, or this worker can do nothing any more.

        Nothing is taken before it can be started: leases are not renewed while libraries are loaded again;
        and nothing while the artifact store is away, since every run would fail.
        """
        if self._storage.problem:
            return None
        try:
            self._starter.ready()
        except Unavailable as error:
            self._give_up(error)
            return None
        run = run_lifecycle.claim_next(self.app, self.worker.id, queues=queues)
        if run is not None:
            self._patience.worked()
        return run

    def execute(self, run: Run) -> None:
        """Carry out a run that was claimed for this worker."""
        self._running.add(run.id)
        try:
            with logs.about(run=run.id, project=run.project_id):
                self._supervisor.supervise(run)
        finally:
            self._running.discard(run.id)
            self._search_on(run)
            self._dispatch()

    def _give_up(self, error: Unavailable) -> None:
        """Stop, with the runs given back: what all of them would stumble over is not their fault."""
        if self.failure is None and not self.stopping.is_set():
            self.failure = error
            log.error("Worker gives up: %s", error.message, extra={"action": "worker_gives_up"})
        self.stopping.set()

    def announce_again(self) -> None:
        """Announce every queued run once more: a broker that came back may have forgotten them."""
        self._dispatch(older_than_s=0.0)

    def stop(self) -> None:
        """End every run process, give the runs back, and say goodbye."""
        self.stopping.set()
        for periodic in (self._heartbeats, *self._upkeep):
            periodic.stop()
        self._starter.close()
        with suppress(CompressCompareError):
            self._tell_of_life()
        with suppress(NotFound):
            worker_service.stop(self.app, self.worker.id)
        log.info("Worker stopped", extra={"action": "worker_stopped", "worker": self.worker.id})

    def _job(self, run: Run) -> Job:
        call = Call("core.execution.process:execute", [self._place.to_json(), run.id, run.attempt])
        header = f"--- run {run.id}, attempt {run.attempt}, {run.kind}, worker {self.worker.id} ---"
        return Job(call, log_path(self.app, run.id), header)

    def _load_again(self) -> None:
        """Load libraries and plug-ins anew for the runs to come, and publish what can be done then."""
        self._starter.renew()
        self._starter.ready()
        self._announce()

    def _early_look(self) -> DataPreviewer:
        log_file = self.app.logs_dir / "worker.log"
        return DataPreviewer(self.app, self._starter, self._place, log=log_file, idle=self._is_idle)

    def _is_idle(self) -> bool:
        return not self._running and not self.stopping.is_set()

    def _announce(self) -> None:
        worker = asdict(self.worker)
        described = {**worker, "started_at": self.worker.started_at.isoformat(), "last_seen_at": None}
        call = Call("core.execution.process:announce", [self._place.to_json(), described])
        child = self._starter.launch(Job(call, self.app.logs_dir / "worker.log"))
        how = child.wait(_ANNOUNCE_TIMEOUT_S)
        if how is None or not how.clean:
            raise Unavailable(
                "This worker could not publish what it can do: the process "
                + ("takes too long." if how is None else f"{how.describe()}."),
                f"The reason is at the end of {self.app.logs_dir / 'worker.log'}.",
            )

    def _heartbeat(self) -> None:
        try:
            draining = self._tell_of_life()
        except NotFound:
            self._announce()
            return
        if draining != self.draining:
            self.draining = draining
            log.info("Worker %s", "drained" if draining else "takes runs again", extra={"action": "drain"})
            self.on_drain(draining)
            if not draining:
                self.announce_again()

    def _tell_of_life(self) -> bool:
        """Tell what goes on and what ended runs used; return whether to take no more runs."""
        ended = self._sampler.ended()
        used = [(one.run, one.usage) for one in ended]
        load = replace(self._sampler.sample(), problem=self._storage.problem)
        going = sorted(self._running)
        draining = worker_service.heartbeat(self.app, self.worker.id, going, load=load, ended=used)
        self._sampler.told(ended)
        return draining

    def _watch_storage(self) -> None:
        """Leave messages of the broker to other workers while the store is away."""
        before = bool(self._storage.problem)
        self._storage.look()
        away = bool(self._storage.problem)
        if away is not before:
            self.on_drain(away or self.draining)
            if not away:
                self.announce_again()

    def _dispatch(self, *, older_than_s: float | None = None) -> None:
        try:
            run_lifecycle.dispatch_unsent(self.app, older_than_s=older_than_s)
        except Exception:  # the sweep tries again
            log.exception("Runs not announced", extra={"action": "dispatch_failed"})

    def _search_on(self, run: Run) -> None:
        """Have searches of the run's project propose what comes next."""
        try:
            advance_searches(self.app, run.project_id)
        except Exception:  # the sweep tries again
            log.exception("Searches not carried on", extra={"action": "search_failed"})

    def _sweep(self) -> None:
        run_lifecycle.sweep(self.app)
        advance_searches(self.app)
        self._reminder.look(time.monotonic(), free=len(self._running) < self.worker.slots)

    def _recover(self) -> None:
        """Give back the runs of workers of this place that have ended without doing so."""
        for worker in gone(worker_service.list_workers(self.app), place(), process_started):
            report = run_lifecycle.expire(self.app, worker.id)
            worker_service.stop(self.app, worker.id)
            log.info(
                "Runs of a worker that ended taken back",
                extra={"action": "runs_recovered", "from": worker.id, "runs": len(report.requeued)},
            )

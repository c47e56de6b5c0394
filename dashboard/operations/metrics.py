"""Figures of the installation for Prometheus, computed from the database when they are asked for."""

from __future__ import annotations

import hmac
import time
from collections.abc import Iterator

from flask import Flask, Response, g, request
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from core.domain.notification import DeliveryStatus
from core.domain.queue.run import RunKind, RunStatus
from core.errors import CompressCompareError
from core.services.application import Application
from core.services.upkeep.operation_figures import OperationFigures, operation_figures
from dashboard.access.caller import Access

_LATENCIES_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def register(server: Flask, product: Application, access: Access) -> None:
    """Add `/metrics`, and count requests of this process.

    Where a token is set, it must be sent as `Authorization: Bearer TOKEN`. Without one, the figures are open
    where everything is, and closed where people sign in.
    """
    registry = CollectorRegistry()
    registry.register(_FromDatabase(product))
    _count_requests(server, registry)

    def metrics() -> ResponseReturnValue:
        if not access.metrics_token and access.sign_in:
            return "Set CNC_METRICS_TOKEN to read figures here.\n", 404
        if access.metrics_token and not _has_token(access.metrics_token):
            return "This needs the token of CNC_METRICS_TOKEN.\n", 401, {"WWW-Authenticate": "Bearer"}
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    server.add_url_rule("/metrics", view_func=metrics)


def _has_token(token: str) -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())


def _count_requests(server: Flask, registry: CollectorRegistry) -> None:
    labels = ["endpoint", "method", "status"]
    requests = Counter("cnc_http_requests", "Requests answered by this process.", labels, registry=registry)
    latencies = Histogram(
        "cnc_http_request_seconds",
        "How long answers took in this process.",
        ["endpoint"],
        buckets=_LATENCIES_S,
        registry=registry,
    )

    def begin() -> None:
        g.metrics_began = time.perf_counter()

    def end(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        requests.labels(endpoint, request.method, str(response.status_code)).inc()
        if "metrics_began" in g:
            latencies.labels(endpoint).observe(time.perf_counter() - g.metrics_began)
        return response

    server.before_request_funcs.setdefault(None, []).insert(0, begin)  # refused requests count, too
    server.after_request(end)


class _FromDatabase:
    """Collects what the database holds at the moment of a scrape, the same from every process."""

    def __init__(self, product: Application) -> None:
        self._product = product

    def describe(self) -> Iterator[Metric]:
        """Return nothing: registering must not read the database."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Return the figures; where the database does not answer, only that."""
        up = GaugeMetricFamily("cnc_database_up", "Whether the database answers and is migrated.")
        try:
            found = operation_figures(self._product)
        except CompressCompareError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from _runs(found)
        yield from _workers(found)
        yield from _gpus(found)
        told = GaugeMetricFamily("cnc_messages", "Notifications by state.", labels=["state"])
        for status in DeliveryStatus:
            told.add_metric([status.value], found.messages.get(status, 0))
        yield told
        if found.backed_up_at is not None:
            when = GaugeMetricFamily("cnc_last_backup_timestamp_seconds", "When the last backup was made.")
            when.add_metric([], found.backed_up_at.timestamp())
            yield when


def _runs(found: OperationFigures) -> Iterator[Metric]:
    runs = GaugeMetricFamily("cnc_runs", "Runs by state and kind.", labels=["state", "kind"])
    for status in RunStatus:
        for kind in RunKind:
            runs.add_metric([status.value, kind.value], found.runs.get((status, kind), 0))
    yield runs
    depth = GaugeMetricFamily("cnc_queue_waiting_runs", "Runs that can start, by queue.", labels=["queue"])
    oldest = GaugeMetricFamily(
        "cnc_queue_oldest_wait_seconds", "How long the oldest of them has waited.", labels=["queue"]
    )
    for queue, backlog in {"cpu": None, **found.backlog}.items():
        depth.add_metric([queue], backlog.runs if backlog else 0)
        oldest.add_metric([queue], backlog.oldest_s if backlog else 0.0)
    yield depth
    yield oldest
    taken = HistogramMetricFamily(
        "cnc_run_duration_seconds", "How long ended runs took.", labels=["kind", "state"]
    )
    for (kind, status), durations in found.durations.items():
        buckets = [(f"{bound:g}", float(number)) for bound, number in durations.within.items()]
        buckets.append(("+Inf", float(durations.runs)))
        taken.add_metric([kind.value, status.value], buckets, durations.total_s)
    yield taken


def _workers(found: OperationFigures) -> Iterator[Metric]:
    labels = ["worker", "host"]
    up = GaugeMetricFamily("cnc_worker_up", "Whether a worker sends heartbeats.", labels=labels)
    silence = GaugeMetricFamily("cnc_worker_silence_seconds", "Since its last heartbeat.", labels=labels)
    slots = GaugeMetricFamily("cnc_worker_slots", "Runs that a worker takes at once.", labels=labels)
    busy = GaugeMetricFamily("cnc_worker_busy_slots", "Runs that it is working on.", labels=labels)
    refuses = GaugeMetricFamily(
        "cnc_worker_refuses_runs", "Whether it takes no runs, e.g. without storage.", labels=labels
    )
    for state in found.workers:
        named = [str(state.worker.id), state.worker.host]
        up.add_metric(named, 1 if state.live else 0)
        silence.add_metric(named, state.silence_s)
        slots.add_metric(named, state.worker.slots)
        busy.add_metric(named, state.busy)
        refuses.add_metric(named, 1 if state.worker.load and state.worker.load.problem else 0)
    yield from (up, silence, slots, busy, refuses)


def _gpus(found: OperationFigures) -> Iterator[Metric]:
    """Return what the drivers of live workers' GPUs last reported."""
    labels = ["worker", "host", "gpu"]
    used = GaugeMetricFamily("cnc_gpu_used_ratio", "Fraction of time that it computed.", labels=labels)
    memory = GaugeMetricFamily("cnc_gpu_memory_bytes", "Memory in use.", labels=labels)
    power = GaugeMetricFamily("cnc_gpu_power_watts", "Of the whole board.", labels=labels)
    for state in found.workers:
        for gpu in state.worker.load.gpus if state.live and state.worker.load else ():
            named = [str(state.worker.id), state.worker.host, str(gpu.number)]
            used.add_metric(named, gpu.used)
            memory.add_metric(named, gpu.memory_bytes)
            if gpu.power_w is not None:
                power.add_metric(named, gpu.power_w)
    yield from (used, memory, power)

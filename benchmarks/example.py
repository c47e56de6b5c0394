"""How long the example project takes, from the start of a worker until nothing is left to do."""

from __future__ import annotations

import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from core.domain.queue.run import RunStatus
from core.errors import UnusableInput
from core.services.demos.example_projects import queue_digits
from core.testing.running import Installation, wait_for_catalogue, wait_until_idle

_PATIENCE_S = 1200.0


def complete() -> dict[str, Any]:
    """Run the digits example on an empty installation with an embedded worker; every run must succeed."""
    with tempfile.TemporaryDirectory(prefix="cnc-bench-") as folder:
        installation = Installation(Path(folder))
        installation.prepare()
        started = time.monotonic()
        with closing(installation.open()) as app, installation.worker() as worker:
            wait_for_catalogue(app)
            queue_digits(app)
            runs = wait_until_idle(app, within_s=_PATIENCE_S)
            value = time.monotonic() - started
            worker.end()
    failed = [run for run in runs if run.status is not RunStatus.SUCCEEDED]
    if failed:
        raise UnusableInput(f"{len(failed)} of {len(runs)} runs did not succeed, first: {failed[0].error}")
    return {"value": round(value, 1), "unit": "s", "baseline": None, "ratio": None, "runs": 1}


FIGURES = {"example.complete_s": complete}

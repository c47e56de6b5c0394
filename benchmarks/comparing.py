"""The numbers of the Compare page on large evaluations: bootstrap, agreement, found groups, and a report."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.outcomes import columns, measures, planted
from core.comparison.behaviour.agreement import agreement
from core.comparison.behaviour.found_groups import found_groups
from core.comparison.metrics.bootstrap import paired_bootstrap
from core.services.projects.projects import get_project
from core.services.reports.html import as_html
from core.services.reports.report import gather
from core.testing.laboratory import Laboratory
from core.testing.running import Installation

MODELS, METRICS, INSTANCES, CLASSES, COLUMNS = 8, 10, 50_000, 100, 20
RUNS = 5
ALIKE_MODELS, ALIKE_LIMIT_S = 50, 0.15
BOOTSTRAP_LIMIT_S, SLICES_LIMIT_S, REPORT_LIMIT_S = 1.0, 2.0, 3.0
STUDY_MODELS, STUDY_INSTANCES, STUDY_CLASSES = 8, 797, 10


def bootstrap() -> dict[str, Any]:
    """Measure 2,000 paired resamples of 8 models x 50,000 instances x 10 metrics, one of them macro F1."""
    baseline, *models = [measures(METRICS, INSTANCES, CLASSES, seed) for seed in range(MODELS + 1)]

    def once() -> None:
        for metric in range(METRICS):
            paired_bootstrap(baseline[metric], [model[metric] for model in models])

    return _timed(once, BOOTSTRAP_LIMIT_S)


def agreements() -> dict[str, Any]:
    """Measure which share of 50,000 predictions every two of 50 models have in common."""
    draw = np.random.default_rng(0)
    labels = np.arange(INSTANCES) % CLASSES
    predictions = [
        np.where(draw.random(INSTANCES) < 0.8, labels, draw.integers(0, CLASSES, INSTANCES)).astype(np.int16)
        for _ in range(ALIKE_MODELS)
    ]
    found = _timed(lambda: agreement(predictions), ALIKE_LIMIT_S)
    return found | {"value": found["value"] * 1000, "unit": "ms", "baseline": ALIKE_LIMIT_S * 1000}


def slices() -> dict[str, Any]:
    """Measure the search for groups among 20 columns of 50,000 instances, and their intersections."""
    found = columns(COLUMNS, INSTANCES)
    growth = np.random.default_rng(1).normal(0, 1, INSTANCES) + (found[3].codes == 1)
    return _timed(lambda: found_groups(found, growth), SLICES_LIMIT_S)


def report() -> dict[str, Any]:
    """Measure a report on eight models of a study like the digits, from the database to the text."""
    with tempfile.TemporaryDirectory(prefix="cnc-bench-") as folder:
        installation = Installation(Path(folder))
        installation.prepare()
        with closing(installation.open()) as app:
            laboratory = Laboratory(app)
            laboratory.open()
            slug, ids = planted(laboratory, STUDY_MODELS, STUDY_INSTANCES, STUDY_CLASSES)
            project = get_project(app, slug)
            return _timed(lambda: as_html(gather(app, project, ids[1:], ids[0])), REPORT_LIMIT_S)


def _timed(once: Callable[[], object], limit_s: float) -> dict[str, Any]:
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        once()
        times.append(time.perf_counter() - start)
    value = statistics.median(times)
    return {
        "value": round(value, 3),
        "unit": "s",
        "baseline": limit_s,
        "ratio": round(value / limit_s, 3),
        "runs": RUNS,
    }


FIGURES = {
    "compare.bootstrap_s": bootstrap,
    "compare.slices_s": slices,
    "compare.agreement_50x50k_ms": agreements,
    "report.make_s": report,
}

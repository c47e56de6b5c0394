"""The list of instances on the Compare page: 8 models, 50,000 instances, 100 classes, thumbnails.

`behaviours.page_ms`: the next page of the list with its 24 thumbnails, from the request to the last byte, as
the server gives it. `behaviours.brush_ms`: a brush move, that is a range of confidence as a filter.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from flask.testing import FlaskClient
from plotly.utils import PlotlyJSONEncoder

import dashboard
from core.domain.recipe import SweepStep
from core.services.application import Application
from core.services.models.models import list_models
from core.testing.laboratory import Laboratory
from core.testing.projects.answering import answer
from core.testing.projects.showing import keep_images
from core.testing.running import Installation
from dashboard.address import parse
from dashboard.components.static_html import condensed
from dashboard.views.compare.instances import listing

MODELS, INSTANCES, CLASSES = 8, 50_000, 100
ROUNDS = 5
PAGE_LIMIT_MS, BRUSH_LIMIT_MS = 200.0, 150.0
_PICTURES = 24


@contextmanager
def _project(folder: Path) -> Iterator[Application]:
    installation = Installation(folder)
    installation.prepare()
    with closing(installation.open()) as product:
        laboratory = Laboratory(product)
        laboratory.open()
        project = laboratory.project()
        base = laboratory.base(project)
        laboratory.play()
        sparsities = tuple(round(0.1 * step, 1) for step in range(1, MODELS + 1))
        laboratory.sweep(project, base.id, ((SweepStep("prune", {"sparsity": sparsities}),),))
        laboratory.play()
        generator = np.random.default_rng(0)
        labels = generator.integers(0, CLASSES, INSTANCES)
        names = [f"class {index}" for index in range(CLASSES)]
        for model in list_models(product, project.id):
            rows = generator.dirichlet(np.full(CLASSES, 0.05), INSTANCES) + 1e-5
            rows[np.arange(INSTANCES), labels] += generator.random(INSTANCES)
            rows /= rows.sum(axis=1, keepdims=True)
            given = rows.argmax(axis=1).tolist()
            answer(laboratory, model.id, labels.tolist(), given, class_names=names, probabilities=rows)
        noise = torch.randint(0, 256, (INSTANCES, 1, 8, 8), dtype=torch.uint8)
        keep_images(product, project.datasets[0].id, noise)
        yield product


@cache
def _measured() -> dict[str, list[float]]:
    with tempfile.TemporaryDirectory() as folder, _project(Path(folder)) as product:
        client = dashboard.create(product).server.test_client()
        models = f"selected=2-{MODELS + 1}"
        _answer(product, models)
        pages = [_page(product, client, f"{models}&page={number}") for number in range(1, ROUNDS + 1)]
        brushes = [
            _timed(product, f"{models}&chips=range:2:confidence:0.{number}:0.9")
            for number in range(1, ROUNDS + 1)
        ]
        return {"page": pages, "brush": brushes}


def _answer(product: Application, query: str) -> str:
    found = condensed(listing.content(product, parse("/p/digits/compare", f"?{query}")))
    return json.dumps(found, cls=PlotlyJSONEncoder)


def _timed(product: Application, query: str) -> float:
    start = perf_counter()
    _answer(product, query)
    return (perf_counter() - start) * 1000


def _page(product: Application, client: FlaskClient, query: str) -> float:
    start = perf_counter()
    answered = _answer(product, query)
    sources = [part.partition('"')[0] for part in answered.split('"src": "')[1:]]
    for source in sources[:_PICTURES]:
        if client.get(source).status_code != 200:
            raise RuntimeError(f"no picture at {source}")
    return (perf_counter() - start) * 1000


def _figure(runs: list[float], limit_ms: float) -> Mapping[str, Any]:
    value = statistics.median(runs)
    return {"value": value, "unit": "ms", "baseline": limit_ms, "ratio": value / limit_ms, "runs": runs}


def page_ms() -> Mapping[str, Any]:
    """Return the time of the next page with its thumbnails; baseline: its limit."""
    return _figure(_measured()["page"], PAGE_LIMIT_MS)


def brush_ms() -> Mapping[str, Any]:
    """Return the time of a brush move; baseline: its limit."""
    return _figure(_measured()["brush"], BRUSH_LIMIT_MS)


FIGURES = {"behaviours.page_ms": page_ms, "behaviours.brush_ms": brush_ms}

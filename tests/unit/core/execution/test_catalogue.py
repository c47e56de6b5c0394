"""What a worker publishes is complete enough for forms and charts."""

from __future__ import annotations

import json

import pytest

from core.domain.catalogue import Catalogue
from core.domain.catalogue_json import catalogue_from_json, catalogue_to_json
from core.execution.catalogue import catalogue
from core.execution.registries import load_registries


@pytest.fixture(scope="module")
def offered() -> Catalogue:
    load_registries()
    return catalogue()


def test_everything_of_the_first_release_is_offered(offered: Catalogue) -> None:
    names = {technique.name for technique in offered.techniques}
    assert names >= {
        "magnitude-pruning",
        "calibrate-batch-norm",
        "fine-tune",
        "weight-only-quantization",
        "palettization",
    }
    assert {"residual-cnn", "torchvision"} <= {source.name for source in offered.model_sources}
    assert "digits" in {source.name for source in offered.data_sources}
    assert "image-classification" in {task.name for task in offered.tasks}


def test_a_catalogue_is_the_same_after_it_was_published_and_every_entry_has_words(offered: Catalogue) -> None:
    assert catalogue_from_json(json.loads(json.dumps(catalogue_to_json(offered)))) == offered
    for entry in (*offered.techniques, *offered.model_sources, *offered.data_sources):
        assert entry.label
        assert entry.summary


def test_leading_metrics_exist(offered: Catalogue) -> None:
    for task in offered.tasks:
        known = {metric.name for metric in (*task.metrics, *offered.profile_metrics)}
        assert task.primary
        assert set(task.primary) <= known

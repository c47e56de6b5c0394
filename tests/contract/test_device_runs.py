"""Runs of every kind on the queue of a pretended GPU, also of one that is too small."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import torch

from core.domain.measurement.evaluation import LayerKind
from core.domain.model import Model
from core.domain.queue.run import RunKind, RunStatus
from core.evaluation.profiling import profile as profile_module
from core.execution import process
from core.services.application import Application
from core.services.layers.layer_statistics import layer_statistics
from core.services.measurements.measurements import (
    Measurement,
    queue_layers,
    queue_profile,
)
from core.services.models.models import get_model
from core.testing.contracts.gpu_runs_contract import (
    QUEUE,
    GpuRunsContract,
    Study,
    claimed,
    opened,
    trained_images,
    work,
)
from core.testing.pretend_cuda import PretendDriver, pretend_cuda, rules


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, no_real_gpu: None) -> Iterator[Study]:
    folder = tmp_path_factory.mktemp("gpu-runs")
    with pytest.MonkeyPatch.context() as patch, pretend_cuda():
        patch.setattr(profile_module, "TIMING_BUDGET_S", 0.01)
        app = opened(folder)
        made = Study(app)
    yield made
    app.close()


class TestOnAPretendedGpu(GpuRunsContract):
    """The GPU is gone when the figures are looked at."""

    @pytest.fixture
    def gpu(self, gpus: PretendDriver) -> torch.device:
        return torch.device("cuda", 1)


@pytest.fixture
def small(tmp_path: Path, no_real_gpu: None) -> Iterator[tuple[Application, Model, PretendDriver]]:
    """A base model that was made on a GPU, and is to be measured there; the test says how small it is."""
    with pretend_cuda() as driver:
        app = opened(tmp_path)
        base = trained_images(app)
        process._perform(app, claimed(app))
        yield app, base, driver
    app.close()


def test_a_full_gpu_halves_the_batch_and_says_so(
    small: tuple[Application, Model, PretendDriver], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profile_module, "TIMING_BUDGET_S", 0.01)
    app, base, driver = small
    driver.memory_bytes = 300_000
    queue_profile(app, [base.id], Measurement(queue=QUEUE))
    assert {status for _, status in work(app)} == {RunStatus.SUCCEEDED}
    assert driver.refusals > 0
    details = get_model(app, base.id)
    settings = details.evaluations[0].environment
    assert settings["batch_size"] < settings["batch_size_asked"] == 256
    assert 1 <= details.profiles[0].environment["large_batch"] < 64
    assert "latency_ms_b64" not in details.model.metrics
    driver.memory_bytes = 60_000
    queue_layers(app, [base.id], Measurement(queue=QUEUE), again=True)
    assert work(app) == [(RunKind.LAYERS, RunStatus.SUCCEEDED)]
    assert layer_statistics(app, base.id, LayerKind.ACTIVATIONS)["instances"][0] < 32
    assert sum(driver.used_bytes) == 0


def test_a_model_that_does_not_fit_at_all_is_refused_in_words(
    small: tuple[Application, Model, PretendDriver],
) -> None:
    app, _, driver = small
    driver.memory_bytes = 10_000
    run = claimed(app)
    with pytest.raises(torch.OutOfMemoryError) as caught:
        process._perform(app, run)
    error = process.described(caught.value)
    assert error.code == "out-of-memory"
    assert "a device with more memory" in error.hint


def test_people_are_told_what_a_gpu_does_not_repeat(
    tmp_path: Path, no_real_gpu: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(rules.IN_ANY_ORDER, "aten::convolution_backward", "convolution_backward_cuda")
    with pretend_cuda(), closing(opened(tmp_path)) as app:
        base = trained_images(app)
        process._perform(app, claimed(app))
        manifest = get_model(app, base.id).manifest
    assert "convolution_backward_cuda adds up in any order" in manifest["notes"][0]
    assert "convolution_backward_cuda" in manifest["environment"]["again_with_this_seed"]

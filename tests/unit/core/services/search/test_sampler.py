"""What a search proposes finds the best of a grid with few models, all of them really compressed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
import torch

from core.compression.base import Context, apply_step
from core.compression.checkpoints.checkpoint import save
from core.compression.model import CompressibleModel
from core.data.base import load_data
from core.data.dataset import Dataset
from core.domain.ids import ExperimentId, ModelId
from core.domain.recipe import SweepStep
from core.domain.search.selection import Search
from core.domain.search.space import Picks, Space
from core.domain.search.trials import Trial, TrialState, meets, standing
from core.domain.technique import LayerRules
from core.evaluation.base import tasks
from core.execution.registries import load_registries
from core.models.training import Schedule, train
from core.ports import Silent
from core.services.search.sampler import propose

SPACE = Space(
    (ModelId(1),),
    (
        (
            SweepStep("magnitude-pruning", {"sparsity": tuple(step / 10 for step in range(10))}),
            SweepStep("weight-only-quantization", {"bits": (8, 7, 6, 5, 4, 3)}),
        ),
    ),
)
SEARCH = Search(minimize=("file_bytes",), at_least={"top1@recovery": 0.99}, models=25)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Picks], dict[str, float]]:
    """Returns size and recovery of a small CNN, trained on the digits, after the steps of a combination."""
    load_registries()
    file = tmp_path_factory.mktemp("search") / "model.safetensors"
    data, test = (load_data("digits", {}, split) for split in ("train", "test"))
    base = CompressibleModel.create("residual-cnn", {"width": 4}, seed=0)
    train(base.module, data, task=tasks.get("image-classification"), schedule=Schedule(4, 0.01, 64), seed=0)
    before = _accuracy(base, test)

    @cache
    def pruned(sparsity: float) -> CompressibleModel:
        return _made("magnitude-pruning", {"sparsity": sparsity}, base)

    @cache
    def found(sparsity: float, bits: int) -> dict[str, float]:
        model = _made("weight-only-quantization", {"bits": bits}, pruned(sparsity))
        return {"file_bytes": _size(model, file), "top1@recovery": _accuracy(model, test) / before}

    def values(picks: Picks) -> dict[str, float]:
        prune, quantize = SPACE.recipe(picks)
        return found(prune.values["sparsity"][0], quantize.values["bits"][0])

    return values


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_smallest_that_keeps_its_quality_is_found_with_25_of_60_models(
    measured: Callable[[Picks], dict[str, float]], seed: int
) -> None:
    trials: list[Trial] = []
    for number in range(1, SEARCH.models + 1):
        proposal = propose(
            Search(**{**vars(SEARCH), "seed": seed}), SPACE, trials, ruled_out=lambda _picks: None
        )
        assert proposal is not None
        ended = {"proposed_at": NOW, "ended_at": NOW + timedelta(seconds=number)}
        values = measured(proposal.picks)
        trial = Trial(ExperimentId(1), number, proposal.picks, (ModelId(number),), "", NOW, values=values)
        trials.append(Trial(**{**vars(trial), **ended, "state": TrialState.DONE}))
    grid = [values for number in range(SPACE.count) if meets(SEARCH, values := measured(SPACE.at(number)))]
    (best,) = standing(SEARCH, trials).best
    assert len({tuple(sorted(trial.picks.items())) for trial in trials}) == 25, "none is tried twice"
    smallest = min(values["file_bytes"] for values in grid)
    assert best.values["file_bytes"] <= smallest * 1.05, "as small as the best of all 60, within 5 %"


def _made(technique: str, parameters: dict[str, float], model: CompressibleModel) -> CompressibleModel:
    return apply_step(technique, parameters, LayerRules(), model, Context(seed=0))


def _accuracy(model: CompressibleModel, data: Dataset) -> float:
    task = tasks.get("image-classification")
    found = task.evaluate(model.module, data, batch_size=256, device=torch.device("cpu"), progress=Silent())
    return found.metrics["top1"]


def _size(model: CompressibleModel, file: Path) -> float:
    return float(save(model, file).file_bytes)

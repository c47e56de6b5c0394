"""Two people ask for the same at the same instant: it is made once, and both are told what became of it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from core.domain.queue.experiment import ExperimentRequest
from core.domain.recipe import SweepStep
from core.services.application import Application
from core.services.experiments.experiments import Submitted, submit
from core.services.models.models import list_models
from core.testing.laboratory import Laboratory


def test_the_second_of_two_equal_submissions_reuses_everything(app: Application) -> None:
    laboratory = Laboratory(app)
    laboratory.open()
    base = laboratory.base(laboratory.project())
    recipes = ((SweepStep("prune", {"sparsity": (0.1, 0.2, 0.3)}), SweepStep("quantize")),)
    barrier = threading.Barrier(2)

    def ask(name: str) -> Submitted:
        barrier.wait(10)
        return submit(app, ExperimentRequest(base.project_id, (base.id,), recipes, name=name))

    with ThreadPoolExecutor(2) as pool:
        first, second = sorted(pool.map(ask, ["one", "other"]), key=lambda each: each.experiment.id)
    assert first.in_words() == "6 models queued in 18 runs."
    assert second.in_words() == "Nothing new: all 6 models exist already."
    assert first.model_ids == second.model_ids
    assert len(list_models(app, base.project_id)) == 7

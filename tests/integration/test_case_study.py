"""Which weights broke the answers? Pruning everything hurts because of the norms.

The figures are those of the trips example, a GPT-2 that is trained here; a real worker makes every model.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import core.examples
from core.domain.measurement.evaluation import LayerKind
from core.domain.model import Model
from core.services.application import Application
from core.services.demos import example_projects
from core.services.experiments.experiments import submit
from core.services.files.recipe_files import read_recipe_file
from core.services.layers.layer_statistics import layer_statistics
from core.services.models.base_models import BaseModelRequest, add_base_model
from core.services.models.models import list_models
from core.services.projects.projects import create_project, get_project
from core.testing.running import Installation, wait_for_catalogue, wait_until_idle

SPARSITIES = "[0.1, 0.3, 0.5]"
"""Of the recipe: at the largest of them the answers break; the others only show how it comes."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """The example's base model, and the recipe of the case study carried out on it for one sparsity."""
    installation = Installation(tmp_path_factory.mktemp("study"), extra={"CNC_SLOTS": "1"})
    installation.prepare()
    with closing(installation.open()) as app, installation.worker():
        wait_for_catalogue(app)
        example = example_projects.EXAMPLES["trips"]
        project = create_project(app, example.project)
        request = BaseModelRequest(
            project.id, example.base_name, example.source, example.parameters, training=example.training
        )
        add_base_model(app, request)
        wait_until_idle(app, within_s=1200)
        text = (Path(core.examples.__file__).parent / "pruned_norms.yaml").read_text()
        assert SPARSITIES in text
        text = text.replace(SPARSITIES, "0.5")
        submit(app, read_recipe_file(app, text))
        wait_until_idle(app, within_s=1200)
        yield app


def made(app: Application) -> list[Model]:
    return list_models(app, get_project(app, "trips").id)


def right(model: Model) -> float:
    """The share of right answers."""
    return model.metrics["exact_match"]


def family(app: Application) -> tuple[Model, Model, Model, Model, Model]:
    """Matrices pruned, everything pruned, and what came of that: norms, queries, norms retrained."""
    pruned = {
        model.step.parameters.get("weights", "matrices"): model
        for model in made(app)
        if model.step is not None and model.step.technique == "magnitude-pruning"
    }
    everything = pruned["everything"]
    children = {
        (model.step.technique, model.step.rules.include): model
        for model in made(app)
        if model.parent_id == everything.id and model.step is not None
    }
    return (
        pruned["matrices"],
        everything,
        children["restore-layers", ("ln_",)],
        children["restore-layers", (r"attn\.c_attn",)],
        children["retrain-layers", ("ln_",)],
    )


def test_pruning_matrices_alone_hardly_hurts(study: Application) -> None:
    base = next(model for model in made(study) if model.parent_id is None)
    assert right(base) > 0.9
    assert right(family(study)[0]) > right(base) - 0.1


def test_half_of_everything_breaks_the_answers_and_the_norms_are_why(study: Application) -> None:
    matrices, everything, norms, queries, _ = family(study)
    assert right(everything) < 0.5
    assert right(norms) > 0.9
    assert right(norms) == pytest.approx(right(matrices), abs=0.05)
    assert right(queries) < right(everything) + 0.25


def test_retraining_the_norms_alone_brings_answers_back(study: Application) -> None:
    _, everything, _, _, retrained = family(study)
    assert right(retrained) > right(everything) + 0.1


def test_every_norm_changed_and_what_was_touched_is_counted(study: Application) -> None:
    model = family(study)[1]
    arrays = layer_statistics(study, model.id, LayerKind.WEIGHTS)
    zeros = dict(zip(arrays["parameter"].tolist(), (arrays["zeros"] / arrays["count"]).tolist(), strict=True))
    norms = [share for name, share in zeros.items() if ".ln_" in name]
    assert len(norms) == 10
    assert norms == pytest.approx([0.5] * 10)
    assert zeros["transformer.wte.weight"] == 0
    counted = sum(
        count * zeros[name]
        for name, count in zip(arrays["parameter"].tolist(), arrays["count"].tolist(), strict=True)
    )
    assert model.metrics["sparsity"] == pytest.approx(counted / arrays["count"].sum(), abs=1e-6)

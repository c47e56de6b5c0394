"""Which weights broke the answers? Pruning everything hurts because of the norms: figures, and clicks.

The models are those of the trips example, a GPT-2 and a T5 that are trained here; a real worker makes them.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import core.examples
from core.domain.measurement.evaluation import LayerKind
from core.domain.model import Model
from core.services.application import Application
from core.services.demos import example_projects
from core.services.experiments.experiments import submit
from core.services.files.project_files import add_from_file
from core.services.layers.layer_statistics import layer_statistics
from core.services.models.base_models import BaseModelRequest, add_base_model
from core.services.models.models import list_models
from core.services.projects.projects import create_project, get_project
from core.services.recipes.recipe_files import read_recipe_file
from core.testing.checkers.stored_layers import false_sentences
from core.testing.laboratory import Laboratory
from core.testing.running import Installation, wait_for_catalogue, wait_until_idle
from tests.browser.conftest import served

EXAMPLES = Path(core.examples.__file__).parent
SPARSITIES = "[0.1, 0.3, 0.5]"
"""Of the recipes; one of them is enough here, the others only show how it comes."""


@dataclass(frozen=True)
class Told:
    """What is to be seen of a family of models.

    norms: what the layer rules call them; count: of them. intact: least share of right answers of the base;
    loss: what pruning matrices alone may cost; broken: the most that is left when norms are pruned, too.
    """

    base: str
    recipe: str
    sparsity: float
    norms: str
    count: int
    queries: str
    embedding: str
    intact: float
    loss: float
    broken: float


GPT2 = Told(
    "GPT-2, 2 layers", "pruned_norms.yaml", 0.5, "ln_", 10, r"attn\.c_attn", "transformer.wte", 0.9, 0.1, 0.5
)
T5 = Told("T5, 2 layers", "pruned_norms_t5.yaml", 0.3, "norm", 12, r"\.q$", "shared", 0.6, 0.15, 0.4)
BOTH = pytest.mark.parametrize("told", [GPT2, T5], ids=["gpt2", "t5"])

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """Both base models, and what the recipes made of them; made once, whichever process asks first."""
    root = tmp_path_factory.getbasetemp()
    folder = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / "case-study"
    folder.mkdir(exist_ok=True)
    installation = Installation(folder, extra={"CNC_SLOTS": "2"})
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            make(installation)
            (folder / "made").touch()
    with closing(installation.open()) as app:
        yield app


def make(installation: Installation) -> None:
    """Train both base models, and carry out the recipes for one sparsity each."""
    installation.prepare()
    with closing(installation.open()) as app, installation.worker():
        wait_for_catalogue(app)
        example = example_projects.EXAMPLES["trips"]
        project = create_project(app, example.project)
        request = BaseModelRequest(
            project.id, example.base_name, example.source, example.parameters, training=example.training
        )
        add_base_model(app, request)
        add_from_file(app, (EXAMPLES / "trips_t5.yaml").read_text())
        for told in (GPT2, T5):
            text = (EXAMPLES / told.recipe).read_text()
            assert SPARSITIES in text
            submit(app, read_recipe_file(app, text.replace(SPARSITIES, str(told.sparsity))))
        wait_until_idle(app, within_s=1200)


def made(app: Application) -> list[Model]:
    return list_models(app, get_project(app, "trips").id)


def right(model: Model) -> float:
    """The share of right answers."""
    return model.metrics["exact_match"]


@dataclass(frozen=True)
class Family:
    """A base, what pruning made of it, and what came of that: norms, queries, norms retrained."""

    base: Model
    matrices: Model
    everything: Model
    norms: Model
    queries: Model
    retrained: Model


def family(app: Application, told: Told) -> Family:
    models = made(app)
    base = next(model for model in models if model.name == told.base)
    pruned = {
        model.step.parameters.get("weights", "matrices"): model
        for model in models
        if model.parent_id == base.id
        and model.step is not None
        and model.step.parameters.get("sparsity") == told.sparsity
    }
    everything = pruned["everything"]
    children = {
        (model.step.technique, model.step.rules.include): model
        for model in models
        if model.parent_id == everything.id and model.step is not None
    }
    return Family(
        base,
        pruned["matrices"],
        everything,
        children["restore-layers", (told.norms,)],
        children["restore-layers", (told.queries,)],
        children["retrain-layers", (told.norms,)],
    )


@BOTH
def test_pruning_matrices_alone_hardly_hurts(study: Application, told: Told) -> None:
    found = family(study, told)
    assert right(found.base) > told.intact
    assert right(found.matrices) > right(found.base) - told.loss


@BOTH
def test_pruning_everything_breaks_the_answers_and_the_norms_are_why(study: Application, told: Told) -> None:
    found = family(study, told)
    assert right(found.everything) < told.broken
    assert right(found.norms) == pytest.approx(right(found.matrices), abs=0.05)
    assert right(found.queries) < right(found.everything) + 0.25


@BOTH
def test_retraining_the_norms_alone_brings_answers_back(study: Application, told: Told) -> None:
    found = family(study, told)
    assert right(found.retrained) > right(found.everything) + 0.1


@BOTH
def test_every_norm_changed_and_what_was_touched_is_counted(study: Application, told: Told) -> None:
    model = family(study, told).everything
    arrays = layer_statistics(study, model.id, LayerKind.WEIGHTS)
    zeros = dict(zip(arrays["parameter"].tolist(), (arrays["zeros"] / arrays["count"]).tolist(), strict=True))
    norms = [share for name, share in zeros.items() if told.norms in name]
    assert len(norms) == told.count
    assert norms == pytest.approx([told.sparsity] * told.count, abs=0.01)
    assert zeros[f"{told.embedding}.weight"] == 0
    counted = sum(
        count * zeros[name]
        for name, count in zip(arrays["parameter"].tolist(), arrays["count"].tolist(), strict=True)
    )
    assert model.metrics["sparsity"] == pytest.approx(counted / arrays["count"].sum(), abs=1e-6)


def test_every_sentence_on_layers_bytes_and_time_holds(study: Application) -> None:
    assert false_sentences(study, made(study)) == []


@pytest.fixture(scope="module")
def address(study: Application) -> Iterator[str]:
    with served(Laboratory(study)) as url:
        yield f"{url}/p/trips/compare"


@BOTH
def test_layers_show_the_changed_norms_and_what_restoring_does(
    page: Page, study: Application, address: str, told: Told
) -> None:
    found = family(study, told)
    shown = [found.base, found.everything, found.norms, found.queries]
    page.goto(
        f"{address}?selected={'.'.join(str(model.id) for model in shown)}&baseline={found.base.id}"
        f"&tab=layers&layers=sparsity&flat=1"
    )
    search = page.get_by_role("searchbox", name="Modules whose names match")
    search.fill(rf"{told.norms}.*weight$")
    rows = page.locator(".layers-row")
    expect(rows.first).to_contain_text(told.norms)
    values = rows.first.locator(".layers-value")
    pruned = f"{round(96 * told.sparsity) / 96 * 100:.1f} %" if told is GPT2 else "29.7 %"  # 19 of 64
    expect(values).to_have_text(["0.0 %", pruned, "0.0 %", pruned])
    search.fill(told.queries + ".*weight" if told is GPT2 else r"\.q\.weight$")
    expect(rows.first.locator(".layers-value").nth(3)).to_have_text("0.0 %")
    expect(rows.first.locator(".layers-value").nth(2)).not_to_have_text("0.0 %")
    page.get_by_role("link", name="Metrics", exact=True).click()
    for model in shown:
        row = page.get_by_role("row").filter(has_text=f"{right(model) * 100:.1f} %")
        expect(row.first).to_be_visible()

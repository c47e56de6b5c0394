"""The plug-ins to start from are short, load as plug-ins do, and work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from core import examples
from core.compression.base import Context, apply_step, techniques
from core.compression.layers import compressible_layers
from core.compression.model import CompressibleModel
from core.data.base import data_sources, load_data
from core.domain.technique import LayerRules
from core.errors import InvalidInput
from core.evaluation.answer_functions import answer_columns, answer_functions
from core.evaluation.base import tasks
from core.execution.catalogue import catalogue
from core.execution.registries import load_registries
from core.models import factories
from core.models.training import Schedule, train
from core.ports import Silent

FOLDER = Path(examples.__file__).parent
FILES = sorted(path for path in FOLDER.glob("*.py") if not path.name.startswith("_"))
MLP = {"factory": "example-mlp", "options": '{"classes": 2}'}


@pytest.fixture(autouse=True)
def loaded() -> Iterator[None]:
    load_registries()  # modules register themselves only once, so they must not be forgotten afterwards
    registries = (techniques, tasks, data_sources, answer_functions)
    before = [dict(registry._entries) for registry in registries]
    known = dict(factories._factories)
    assert load_registries(FOLDER) == []
    yield
    for registry, entries in zip(registries, before, strict=True):
        registry._entries.clear()
        registry._entries.update(entries)
    factories._factories.clear()
    factories._factories.update(known)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_example_fits_on_a_screen(path: Path) -> None:
    assert len(path.read_text().splitlines()) < 40


def test_the_examples_are_offered_to_everybody() -> None:
    offered = catalogue()
    assert offered.technique("sign-quantization").summary.startswith("Sign quantization: a plug-in")
    assert offered.task("top3-classification").primary[0] == "top3"
    assert offered.data_source("stripes")
    assert "example-mlp" in offered.model_source("weights-file").by_name["factory"].choices


def test_they_work_together() -> None:
    model = CompressibleModel.create("weights-file", MLP)
    task = tasks.get("top3-classification")
    train(model.module, load_data("stripes", {}, "train"), task=task, schedule=Schedule(8, 0.01))
    test = load_data("stripes", {}, "test")
    found = task.evaluate(
        model.module, test, batch_size=64, device=torch.device("cpu"), progress=Silent()
    ).metrics
    assert found["top1"] > 0.95
    assert found["top3"] == 1.0


def test_the_technique_leaves_two_values_per_layer() -> None:
    model = CompressibleModel.create("weights-file", MLP)
    result = apply_step("sign-quantization", {}, LayerRules(), model, Context())
    large, small = compressible_layers(result.module)
    assert len(large.weight.unique()) == 2
    assert len(small.weight.unique()) > 2
    before = compressible_layers(model.module)[0].weight
    assert torch.equal(large.weight.sign(), before.sign())


def test_an_option_that_the_factory_does_not_know_is_named() -> None:
    with pytest.raises(InvalidInput, match="'depth'") as raised:
        CompressibleModel.create("weights-file", MLP | {"options": '{"depth": 3}'})
    assert "hidden: int = 32" in raised.value.hint


def test_a_function_of_answers_makes_a_column() -> None:
    arrays, labels, remarks = answer_columns(["in 1999", "never"], [["1999"], ["1999"]])
    assert arrays["answer.has-number"].tolist() == [1.0, 0.0]
    assert (labels, remarks) == ({"has-number": "Has a number"}, [])

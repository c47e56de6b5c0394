"""Steps that would change a file of another runtime are refused before they are queued."""

from __future__ import annotations

from datetime import UTC, datetime

from core.domain.catalogue import Catalogue, SourceSpec
from core.domain.ids import ModelId, ProjectId
from core.domain.model import Model, Source
from core.domain.queue.run import RunStatus
from core.domain.recipe import Step, SweepStep
from core.domain.technique import Storage, TechniqueSpec
from core.services.preflight.module_checks import PlacedStep, runtime_problems

PRUNE = TechniqueSpec("prune", "Magnitude pruning", "", "", "1", (), Storage.STORED)
EXPORT = TechniqueSpec("onnx-export", "ONNX export", "", "", "1", (), Storage.STORED, runtime="ONNX Runtime")
CATALOGUE = Catalogue(
    techniques=(PRUNE, EXPORT),
    model_sources=(SourceSpec("onnx-file", "ONNX file", "", runtime="ONNX Runtime"),),
)


def model(**made_by: object) -> Model:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Model(ModelId(1), ProjectId(1), "net", "net", RunStatus.SUCCEEDED, now, **made_by)  # type: ignore[arg-type]


def test_after_an_export_in_a_recipe() -> None:
    place = PlacedStep(
        "recipes.0.steps.1", SweepStep("prune", {}), PRUNE, ((SweepStep("onnx-export", {}), EXPORT),)
    )
    (found,) = runtime_problems(place, [model(source=Source("cnn"))], CATALOGUE)
    assert found.field == "recipes.0.steps.1.technique"
    assert "Magnitude pruning cannot follow ONNX export" in found.message
    assert found.hint == "Put ONNX export last."


def test_from_an_export_or_an_imported_file() -> None:
    place = PlacedStep("recipes.0.steps.0", SweepStep("prune", {}), PRUNE)
    for made_by in ({"step": Step("onnx-export", {})}, {"source": Source("onnx-file")}):
        (found,) = runtime_problems(place, [model(**made_by)], CATALOGUE)
        assert found.field == "base_ids"
        assert "net is computed by ONNX Runtime" in found.message
    assert runtime_problems(place, [model(step=Step("prune", {}))], CATALOGUE) == []

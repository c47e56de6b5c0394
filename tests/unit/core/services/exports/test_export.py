"""What is taken away: weights, loader, recipe and card, or a reason why not."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file

from core.compression.base import Context, apply_step
from core.compression.checkpoints import load_weights
from core.compression.checkpoints.checkpoint import save
from core.compression.model import CompressibleModel
from core.domain.access.caller import Caller, CallerKind, Role
from core.domain.ids import ModelId
from core.domain.project import Project
from core.domain.queue.experiment import ExperimentRequest
from core.domain.queue.run import Run, RunKind
from core.domain.recipe import SweepStep
from core.domain.technique import LayerRules
from core.errors import Conflict, Forbidden, NotFound
from core.registry import discover
from core.services.application import Application
from core.services.experiments.experiments import submit
from core.services.exports.export import ExportFormat, export_model
from core.services.queue.results import ModelMade, Results
from core.testing.laboratory import Laboratory


class Storing(Laboratory):
    """A laboratory whose models have files: 4-bit weights of a small network."""

    def results(self, run: Run) -> Results:
        if run.kind in {RunKind.EVALUATE, RunKind.PROFILE}:
            return super().results(run)
        discover("core.compression.techniques")
        discover("core.models.sources")
        model = CompressibleModel.create("residual-cnn", {"width": 8}, seed=3)
        model = apply_step("weight-only-quantization", {"bits": 4}, LayerRules(), model, Context())
        path = Path(self.app.logs_dir) / f"{run.model_id}.safetensors"
        path.parent.mkdir(parents=True, exist_ok=True)
        save(model, path)
        return ModelMade(artifact=self.app.artifacts.put(path))


def taken(
    app: Application, model_id: ModelId, target: Path, form: ExportFormat = ExportFormat.PACKED
) -> Path:
    """Return the unpacked archive of a model."""
    with export_model(app, model_id, form) as found:
        content = io.BytesIO()
        found.write(content)
    with zipfile.ZipFile(content) as archive:
        archive.extractall(target)
    return target / found.name


def test_a_model_is_taken_away_with_all_that_it_needs(app: Application, tmp_path: Path) -> None:
    laboratory = Storing(app)
    laboratory.open()
    project: Project = laboratory.project()
    base = laboratory.base(project)
    rules = LayerRules(exclude=("^stem",))
    step = SweepStep("prune", {"sparsity": (0.5,)}, rules)
    made = submit(app, ExperimentRequest(project.id, (base.id,), ((step,),)))
    with pytest.raises(Conflict, match="has no weights"):
        taken(app, made.model_ids[0], tmp_path)
    laboratory.play()

    folder = taken(app, made.model_ids[0], tmp_path)
    assert sorted(each.name for each in folder.iterdir()) == [
        "README.md",
        "load_weights.py",
        "model.safetensors",
        "recipe.yaml",
    ]
    state = load_weights.state_dict(str(folder / "model.safetensors"))
    assert len(torch.unique(state["stem.0.weight"][0])) <= 16
    recipe = yaml.safe_load((folder / "recipe.yaml").read_text())["recipes"][0][0]
    assert (recipe["technique"], recipe["exclude"]) == ("prune", ["^stem"])
    assert recipe["parameters"]["sparsity"] == 0.5
    card = (folder / "README.md").read_text()
    fields = yaml.safe_load(card.split("---")[1])
    assert fields["library_name"] == "pytorch"
    assert fields["tags"] == ["compress-and-compare", "other"]
    assert set(fields["metrics"]) == {"top1", "loss", "file_bytes", "latency_ms"}
    assert "| Top-1 accuracy |" in card.partition("## Recovery")[2].partition("## ")[0]
    assert 'model = ...  # residual-cnn {"width": 8}' in card
    assert "### What changed" in card
    dense = taken(app, made.model_ids[0], tmp_path / "dense", ExportFormat.SAFETENSORS)
    plain = load_file(dense / "model.safetensors")
    assert plain.keys() == state.keys()
    assert all(torch.equal(plain[name], state[name]) for name in state)
    with pytest.raises(Conflict, match="there is no ONNX file of it yet"):
        taken(app, made.model_ids[0], tmp_path, ExportFormat.ONNX)
    with pytest.raises(NotFound):
        taken(app, ModelId(99), tmp_path)
    link = Caller("a link", Role.VIEWER, CallerKind.LINK, project.id)
    with pytest.raises(Forbidden, match="no weights away"):
        taken(replace(app, who=lambda: link), made.model_ids[0], tmp_path)

"""Folders for `from_pretrained`: they give the same weights back, or nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from core.compression.base import Context, apply_step
from core.compression.checkpoints.checkpoint import save
from core.compression.model import CompressibleModel
from core.domain.technique import LayerRules
from core.errors import Conflict
from core.execution.hugging_face_export import export
from core.registry import discover

BERT = {"family": "bert", "purpose": "text-classification", "classes": 3, "vocabulary": "fast slow car"}


@pytest.fixture(scope="module")
def model() -> CompressibleModel:
    discover("core.models.sources")
    discover("core.compression.techniques")
    made = CompressibleModel.create("tiny-transformer", BERT, seed=1)
    return apply_step("weight-only-quantization", {"bits": 4}, LayerRules(), made, Context())


def folder(tmp_path: Path) -> Path:
    made = tmp_path / "files"
    made.mkdir()
    return made


def test_transformers_reads_the_folder(model: CompressibleModel, tmp_path: Path) -> None:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    save(model, tmp_path / "stored")
    target = folder(tmp_path)
    told = export(tmp_path / "stored", target, "small")
    assert told["model_class"] == "BertForSequenceClassification"
    assert told["purpose"] == "text-classification"
    read = AutoModelForSequenceClassification.from_pretrained(target)
    words = AutoTokenizer.from_pretrained(target)(["slow car"], return_tensors="pt")
    assert words["input_ids"].tolist() == [[4, 5]]
    with torch.no_grad():
        assert torch.equal(read(**words).logits, model.module(**words).logits)


def test_rounded_inputs_are_told(model: CompressibleModel, tmp_path: Path) -> None:
    rounded = apply_step("dynamic-int8", {}, LayerRules(), model, Context())
    save(rounded, tmp_path / "stored")
    told = export(tmp_path / "stored", folder(tmp_path), "small")
    assert "quantize-inputs-dynamically" in told["remark"]


def test_other_shapes_are_refused(model: CompressibleModel, tmp_path: Path) -> None:
    factors = apply_step("low-rank", {"size": 0.5}, LayerRules(), model, Context())
    save(factors, tmp_path / "stored")
    target = folder(tmp_path)
    with pytest.raises(Conflict, match=r"small has other tensors .*factorize"):
        export(tmp_path / "stored", target, "small")
    assert not list(target.iterdir())


def test_other_models_are_left_to_plain_tensors(model: CompressibleModel, tmp_path: Path) -> None:
    other = CompressibleModel.create("residual-cnn", {"width": 8})
    save(other, tmp_path / "stored")
    target = folder(tmp_path)
    assert export(tmp_path / "stored", target, "small") == {"model_class": ""}
    assert load_file(target / "model.safetensors").keys() == other.module.state_dict().keys()

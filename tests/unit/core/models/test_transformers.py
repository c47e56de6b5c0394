"""Transformers from scratch, from folders and from configurations; nothing is downloaded."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from core.compression.checkpoints.checkpoint import load, save
from core.compression.model import CompressibleModel
from core.compression.sharing import canonical_names
from core.data.text.reading import Form
from core.errors import CompressCompareError, InvalidInput, UnusableInput
from core.models.base import reader_of
from core.models.vocabulary import tokenizer, vocabulary_size
from core.registry import discover

discover("core.models.sources")
FAMILIES = ["bert", "gpt2", "llama", "t5", "vit"]
WORDS = "who went to oslo"


def tiny(family: str, **more: Any) -> CompressibleModel:
    parameters = {"family": family, "width": 16, "heads": 4, "layers": 1, "context": 16, **more}
    return CompressibleModel.create("tiny-transformer", parameters, seed=1)


def logits(model: CompressibleModel) -> torch.Tensor:
    family = model.module.config.model_type
    if family == "vit":
        inputs = {"pixel_values": torch.linspace(0, 1, 3 * 32 * 32).reshape(1, 3, 32, 32)}
    else:
        inputs = {"input_ids": torch.tensor([[3, 4, 5]])}
    if family == "t5":
        inputs["decoder_input_ids"] = torch.tensor([[0, 3]])
    with torch.inference_mode():
        found: torch.Tensor = model.module(**inputs).logits
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_is_stored_and_built_again_with_its_shared_weights(family: str, tmp_path: Path) -> None:
    model = tiny(family)
    save(model, tmp_path / "model")
    back = load(tmp_path / "model")
    assert torch.equal(logits(model), logits(back))
    assert canonical_names(model.module) == canonical_names(back.module)
    assert bool(canonical_names(back.module)) == (family in {"gpt2", "t5"})


@pytest.mark.parametrize(
    ("family", "more", "form"),
    [
        ("bert", {}, Form.CLASSIFICATION),
        ("gpt2", {}, Form.CAUSAL),
        ("gpt2", {"purpose": "text-classification"}, Form.CLASSIFICATION),
        ("llama", {"key_value_heads": 2}, Form.CAUSAL),
        ("t5", {}, Form.SEQUENCE_TO_SEQUENCE),
    ],
    ids=["bert", "gpt2", "gpt2 classifier", "llama", "t5"],
)
def test_a_family_reads_words_and_bytes(family: str, more: dict[str, Any], form: Form) -> None:
    for words in ("", WORDS):
        reader = reader_of("tiny-transformer", {"family": family, "vocabulary": words, "context": 16, **more})
        assert reader is not None
        assert reader.form is form
        assert reader.context == 16
        assert tiny(family, vocabulary=words, **more).module.config.vocab_size == vocabulary_size(words)


def test_llama_shares_keys_and_values() -> None:
    layer = tiny("llama", key_value_heads=2).module.get_submodule("model.layers.0.self_attn")
    assert (layer.q_proj.out_features, layer.k_proj.out_features) == (16, 8)


def test_a_vit_reads_no_text() -> None:
    assert reader_of("tiny-transformer", {"family": "vit"}) is None


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"width": 30, "heads": 4}, "width 30 cannot be divided among 4 heads"),
        ({"heads": 4, "key_value_heads": 3}, "4 heads cannot share 3"),
        ({"family": "vit", "patch_size": 5}, "32 pixels cannot be cut into patches of 5"),
        ({"family": "t5", "purpose": "causal"}, "a t5 is for sequence-to-sequence, not for causal"),
        ({"family": "gpt5"}, "family is 'gpt5'"),
    ],
    ids=["width", "shared heads", "patches", "purpose", "family"],
)
def test_impossible_sizes_are_refused(parameters: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        CompressibleModel.create("tiny-transformer", parameters)


@pytest.mark.parametrize("words", ["a b a", "a <pad>"], ids=["twice", "reserved"])
def test_a_word_known_twice_is_refused(words: str) -> None:
    with pytest.raises(UnusableInput, match="twice"):
        tokenizer(words, context=8)


@pytest.mark.parametrize("text", ["Grüße, \N{SNOWMAN}!", "  two  spaces", "line\nbreak"])
def test_bytes_come_back_as_text(text: str) -> None:
    known = tokenizer("", context=100)
    tokens = known(text)["input_ids"]
    assert len(tokens) == len(text.encode())
    assert known.decode(tokens) == text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as people get it from the hub."""
    place = tmp_path / "gpt2"
    tiny("gpt2", vocabulary=WORDS).module.save_pretrained(place)
    tokenizer(WORDS, context=12).save_pretrained(place)
    return place


def test_a_folder_gives_model_and_tokenizer(folder: Path) -> None:
    chosen = {"model": str(folder), "purpose": "causal"}
    model = CompressibleModel.create("huggingface", chosen)
    assert torch.equal(logits(model), logits(tiny("gpt2", vocabulary=WORDS)))
    assert model.notes == ()
    reader = reader_of("huggingface", chosen)
    assert reader is not None
    assert reader.form is Form.CAUSAL
    assert reader.context == 12  # the tokenizer's limit is lower than the model's
    assert reader.tokenizer("who went")["input_ids"] == [3, 4]


def test_a_stored_model_needs_its_folder_no_more(folder: Path, tmp_path: Path) -> None:
    model = CompressibleModel.create("huggingface", {"model": str(folder), "purpose": "causal"})
    save(model, tmp_path / "model")
    shutil.rmtree(folder)
    assert torch.equal(logits(load(tmp_path / "model")), logits(model))


def test_a_head_that_the_folder_lacks_is_drawn_the_same_each_time(folder: Path) -> None:
    chosen = {"model": str(folder), "purpose": "text-classification", "classes": 3}
    one, other = (CompressibleModel.create("huggingface", chosen) for _ in range(2))
    assert logits(one).shape == (1, 3)
    assert torch.equal(logits(one), logits(other))
    (said,) = one.notes
    assert said.startswith("The model has no trained weights for score.weight; they are drawn at random")


def test_a_configuration_alone_gives_random_weights() -> None:
    config = json.dumps(
        {
            "model_type": "t5",
            "vocab_size": 32,
            "d_model": 16,
            "d_kv": 4,
            "d_ff": 16,
            "num_layers": 1,
            "num_heads": 4,
        }
    )
    chosen = {"config": config, "purpose": "sequence-to-sequence"}
    model = CompressibleModel.create("huggingface", chosen)
    assert model.architecture.parameters["config"] == config
    assert logits(model).shape == (1, 2, model.module.config.vocab_size)
    assert reader_of("huggingface", chosen) is None


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"model": "/nowhere/at/all"}, "There is no folder /nowhere/at/all"),
        ({"model": "nobody/has-this"}, "'nobody/has-this' cannot be loaded"),
        ({}, "name a model, or give a configuration"),
        ({"config": "{"}, "is not JSON"),
        ({"config": "[]"}, "names no known architecture"),
        ({"config": '{"model_type": "nonsense"}'}, "model_type is 'nonsense'"),
        ({"config": '{"model_type": "t5", "d_model": "wide"}'}, "configuration of the t5 cannot be used"),
        (
            {"config": '{"model_type": "t5"}', "purpose": "image-classification"},
            "t5 cannot be built for image",
        ),
    ],
    ids=["folder", "hub", "nothing", "no JSON", "no object", "unknown", "wrong type", "purpose"],
)
def test_what_cannot_be_built_is_said(
    parameters: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(CompressCompareError, match=said) as raised:
        CompressibleModel.create("huggingface", parameters)
    assert raised.value.hint or "configuration" in raised.value.message


def test_weights_of_another_size_are_refused(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"vocab_size": 50}))
    with pytest.raises(UnusableInput, match="cannot be loaded"):
        CompressibleModel.create("huggingface", {"model": str(folder), "purpose": "causal"})

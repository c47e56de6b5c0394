"""Model sources: what they build, and what they say when they cannot."""

from __future__ import annotations

import pickle
from pathlib import Path
from urllib.error import URLError

import pytest
import torch
from safetensors.torch import save_file
from torchvision import models

from core.compression.checkpoints.checkpoint import load, save
from core.compression.model import CompressibleModel
from core.errors import InvalidInput, UnknownName, UnusableInput
from core.models.base import Architecture, model_sources
from core.registry import discover

discover("core.models.sources")
OWN = [name for name, source in model_sources if type(source).__module__.startswith("core.")]


def test_the_small_network_has_78_thousand_parameters() -> None:
    module = Architecture("residual-cnn", {}).build()
    assert sum(parameter.numel() for parameter in module.parameters()) == 77_754
    assert module(torch.zeros(3, 1, 8, 8)).shape == (3, 10)


@pytest.mark.parametrize("parameters", [{"channels": 3, "classes": 5}, {"width": 8, "blocks": 2}])
def test_the_small_network_comes_in_other_sizes(parameters: dict[str, int]) -> None:
    module = Architecture("residual-cnn", parameters).build()
    images = torch.zeros(2, parameters.get("channels", 1), 32, 32)
    assert module(images).shape == (2, parameters.get("classes", 10))


def test_weights_depend_on_the_seed_only() -> None:
    architecture = Architecture("residual-cnn", {"width": 4})
    before = torch.random.get_rng_state()
    one, same, other = (architecture.build(seed=seed).get_parameter("stem.0.weight") for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert torch.equal(before, torch.random.get_rng_state())


def test_models_are_built_ready_to_evaluate() -> None:
    assert not Architecture("residual-cnn", {"width": 4}).build().training


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v3_small", "vit_b_16", "googlenet"])
def test_torchvision_models_are_built_by_name(name: str) -> None:
    size = 224 if name == "vit_b_16" else 64
    module = Architecture("torchvision", {"architecture": name, "classes": 7}).build()
    with torch.inference_mode():
        assert module(torch.zeros(1, 3, size, size)).shape == (1, 7)


def test_unknown_architectures_get_near_matches() -> None:
    with pytest.raises(InvalidInput, match=r"Did you mean resnet\w+ or .*\?$"):
        Architecture("torchvision", {"architecture": "resnet19"}).build()


def test_unknown_sources_get_near_matches() -> None:
    with pytest.raises(UnknownName, match="Did you mean residual-cnn"):
        Architecture("residual-cn", {}).build()


@pytest.fixture
def state() -> dict[str, torch.Tensor]:
    return CompressibleModel.create("torchvision", SQUEEZENET, seed=9).module.state_dict()


SQUEEZENET = {"architecture": "squeezenet1_1", "classes": 3}


@pytest.mark.parametrize("form", ["safetensors", "state dict", "wrapped", "prefixed"])
def test_weights_are_read_from_a_file(form: str, state: dict[str, torch.Tensor], tmp_path: Path) -> None:
    path = tmp_path / ("weights.safetensors" if form == "safetensors" else "weights.pt")
    if form == "safetensors":
        save_file(state, path)
    elif form == "state dict":
        torch.save(state, path)
    elif form == "wrapped":
        torch.save({"state_dict": state, "epoch": 3}, path)
    else:
        torch.save({f"module.{name}": tensor for name, tensor in state.items()}, path)
    model = CompressibleModel.create("torchvision", {**SQUEEZENET, "weights_file": str(path)}, seed=1)
    assert all(torch.equal(tensor, state[name]) for name, tensor in model.module.state_dict().items())


def test_modules_that_ask_for_their_version_load_from_files_without_one(tmp_path: Path) -> None:
    chosen = {"architecture": "mnasnet0_5", "classes": 3}
    model = CompressibleModel.create("torchvision", chosen, seed=9)
    save_file(model.module.state_dict(), tmp_path / "w.safetensors")
    again = CompressibleModel.create(
        "torchvision", {**chosen, "weights_file": str(tmp_path / "w.safetensors")}
    )
    save(model, tmp_path / "model")
    for loaded in (again, load(tmp_path / "model")):
        state = loaded.module.state_dict()
        assert all(torch.equal(tensor, state[name]) for name, tensor in model.module.state_dict().items())


def test_old_files_without_counts_of_batches_load(tmp_path: Path) -> None:
    chosen = {"architecture": "resnet18", "classes": 3}
    state = CompressibleModel.create("torchvision", chosen, seed=9).module.state_dict()
    old = {name: tensor for name, tensor in state.items() if not name.endswith("num_batches_tracked")}
    save_file(old, tmp_path / "w.safetensors")
    model = CompressibleModel.create(
        "torchvision", {**chosen, "weights_file": str(tmp_path / "w.safetensors")}
    )
    assert torch.equal(model.module.get_parameter("fc.weight"), state["fc.weight"])


def test_weights_of_another_shape_are_refused(state: dict[str, torch.Tensor], tmp_path: Path) -> None:
    save_file(state, tmp_path / "w.safetensors")
    parameters = {**SQUEEZENET, "classes": 4, "weights_file": str(tmp_path / "w.safetensors")}
    with pytest.raises(UnusableInput, match=r"do not fit the architecture.*classifier"):
        CompressibleModel.create("torchvision", parameters)


class Trap:
    """Would run code when unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return (Path.touch, (Path("trapped"),))


def test_pickles_with_code_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w.pt").write_bytes(pickle.dumps({"a": Trap()}))
    with pytest.raises(UnusableInput, match="cannot be loaded as plain weights"):
        CompressibleModel.create("torchvision", {**SQUEEZENET, "weights_file": str(tmp_path / "w.pt")})
    assert not (tmp_path / "trapped").exists()


@pytest.mark.parametrize("name", ["w.pt", "w.safetensors"])
@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x80\x02nonsense" * 100])
def test_files_that_are_no_weights_are_refused(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnusableInput, match=r"w\.(pt|safetensors)"):
        CompressibleModel.create("torchvision", {**SQUEEZENET, "weights_file": str(tmp_path / name)})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="no weight file"):
        CompressibleModel.create("torchvision", {**SQUEEZENET, "weights_file": str(tmp_path / "gone.pt")})


def test_published_weights_that_cannot_be_fetched_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise URLError("no route to host")

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", unreachable)
    chosen = {"architecture": "resnet18", "published": True}
    with pytest.raises(UnusableInput, match=r"published weights of resnet18 cannot be fetched: .*no route"):
        CompressibleModel.create("torchvision", chosen)


def test_published_weights_fill_the_architecture(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = Architecture("torchvision", {"architecture": "resnet18"}).build(seed=7).state_dict()
    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", lambda *_, **__: weights)
    model = CompressibleModel.create("torchvision", {"architecture": "resnet18", "published": True})
    assert torch.equal(model.module.get_parameter("fc.weight"), weights["fc.weight"])
    with pytest.raises(UnusableInput, match="do not fit the architecture"):
        CompressibleModel.create(
            "torchvision", {"architecture": "resnet18", "published": True, "classes": 10}
        )


@pytest.mark.parametrize("architecture", ["googlenet", "inception_v3"])
def test_auxiliary_heads_in_a_file_are_left_out(tmp_path: Path, architecture: str) -> None:
    whole = models.get_model(architecture, weights=None, num_classes=3, init_weights=False)
    save_file(whole.state_dict(), tmp_path / "w.safetensors")
    options = {"architecture": architecture, "classes": 3, "weights_file": str(tmp_path / "w.safetensors")}
    made = CompressibleModel.create("torchvision", options)
    assert torch.equal(made.module.get_parameter("fc.weight"), whole.fc.weight)
    assert "Auxiliary heads that only training uses were left out" in made.notes[0]

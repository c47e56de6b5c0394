"""Models of one's own: a factory, its options, and weight files of many makings."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils import prune

from core.compression.base import Context, apply_step
from core.compression.checkpoints.checkpoint import load, save
from core.compression.model import CompressibleModel
from core.data.dataset import Batch, Dataset
from core.domain.parameter.choices import choice_words
from core.domain.technique import LayerRules
from core.errors import InvalidInput, UnknownName, UnusableInput
from core.models import factories
from core.models.factories import model_factory
from core.models.sources.weights_file import WeightsFileParams
from core.registry import DuplicateName, discover
from core.testing.contracts.families import LastLogits

discover("core.compression.techniques")
discover("core.models.sources")


@pytest.fixture(autouse=True)
def small() -> Iterator[None]:
    before = dict(factories._factories)

    @model_factory("small")
    def build(classes: int = 2, *, bias: bool = True) -> nn.Module:
        return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, classes, bias=bias))

    yield
    factories._factories.clear()
    factories._factories.update(before)


def create(**parameters: Any) -> CompressibleModel:
    return CompressibleModel.create("weights-file", {"factory": "small", **parameters}, seed=1)


WEIGHTS = {
    name: tensor + 1
    for name, tensor in nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)).state_dict().items()
}
PREFIXED = {f"module.{name}": tensor for name, tensor in WEIGHTS.items()}
OTHERS = {name: tensor - 9 for name, tensor in WEIGHTS.items()}


def prefixed(prefix: str) -> dict[str, torch.Tensor]:
    return {f"{prefix}{name}": tensor for name, tensor in WEIGHTS.items()}


@pytest.mark.parametrize(
    "content",
    [
        WEIGHTS,
        PREFIXED,
        {"state_dict": WEIGHTS, "epoch": 3},
        {"model": PREFIXED},
        {"model": {"state_dict": WEIGHTS}},
        {"state_dict": {f"_orig_mod.{name}": tensor for name, tensor in PREFIXED.items()}},
        {"net": WEIGHTS, "optimizer": {"state": {}, "param_groups": []}},
        {"generator": WEIGHTS, "epoch": 3},
        {"state_dict_ema": WEIGHTS},
        {"state_dict": WEIGHTS, "state_dict_ema": OTHERS},
        {**WEIGHTS, "epoch": 3},
        prefixed("model."),
        prefixed("net."),
        prefixed("backbone.") | {"criterion.weight": torch.ones(2)},
        prefixed("model.") | {f"ema_model.{name}": tensor for name, tensor in OTHERS.items()},
        PREFIXED | {"n_averaged": torch.tensor(7)},
        WEIGHTS | {"total_ops": torch.zeros(1), "0.total_params": torch.zeros(1)},
    ],
    ids=[
        *("state dict", "parallel", "training checkpoint", "both", "wrapped twice", "compiled"),
        *("other wrapper", "unknown wrapper", "averaged only", "beside averaged", "beside a number"),
        *("model.", "net.", "backbone. and a loss", "beside ema_model.", "averaged", "profiled"),
    ],
)
def test_weights_are_found_in_what_people_save(tmp_path: Path, content: dict[str, Any]) -> None:
    torch.save(content, tmp_path / "weights.pt")
    model = create(weights_file=str(tmp_path / "weights.pt"))
    assert torch.equal(model.module.get_parameter("2.weight"), WEIGHTS["2.weight"])


def test_a_stored_model_needs_the_factory_but_not_the_file(tmp_path: Path) -> None:
    save_file(WEIGHTS, tmp_path / "weights.safetensors")
    model = create(weights_file=str(tmp_path / "weights.safetensors"))
    save(model, tmp_path / "model")
    (tmp_path / "weights.safetensors").unlink()
    assert torch.equal(load(tmp_path / "model").module.get_parameter("0.bias"), WEIGHTS["0.bias"])


def test_options_reach_the_factory_and_the_seed_decides_what_is_drawn() -> None:
    model = create(options='{"classes": 7, "bias": false}')
    assert model.module.get_parameter("2.weight").shape == (7, 4)
    again = create(options='{"classes": 7, "bias": false}')
    assert torch.equal(model.module.get_parameter("2.weight"), again.module.get_parameter("2.weight"))


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("this ran",)


def test_code_in_a_pickle_does_not_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "weights.pt").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(UnusableInput, match="cannot be loaded as plain weights"):
        create(weights_file=str(tmp_path / "weights.pt"))
    assert "this ran" not in capsys.readouterr().out


def saved(content: object, *, old: bool = False) -> bytes:
    written = io.BytesIO()
    torch.save(content, written, _use_new_zipfile_serialization=not old)
    return written.getvalue()


def zipped(name: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr(name, "something")
    return written.getvalue()


def packed() -> bytes:
    """Return an archive of a kilobyte whose entry unpacks to a megabyte."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(1_000_000))
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (packed(), "would unpack to 1,000,000"),
        (b"hello world", "is neither a PyTorch nor a safetensors file"),
        (b"\x1b[31mred\x1b[0m", "is neither a PyTorch nor a safetensors file"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "only points to a file in Git LFS"),
        (saved(WEIGHTS)[:-30], "is cut off or damaged"),
        (saved(WEIGHTS)[:200], "is cut off or damaged"),
        (saved(WEIGHTS, old=True)[:-10], "is a damaged PyTorch file, or none"),
        (saved(WEIGHTS, old=True)[:40], "is a damaged PyTorch file, or none"),
        (zipped("a.txt"), "is an archive, but not one that PyTorch wrote"),
        (zipped("x/data.pkl"), "is a damaged PyTorch file, or none|cannot be loaded as plain weights"),
        (saved(nn.Linear(2, 2)), "it also holds torch.nn.modules.linear.Linear, and making that could run"),
        (pickle.dumps(Evil()), "it holds other objects"),
        (saved([1]), "holds no state dict, but a list"),
        (saved({}), "holds no state dict, but an empty dict"),
        (saved({"epoch": 3}), "'epoch' in it is an int, not a tensor"),
        (saved({"one": WEIGHTS, "two": WEIGHTS}), "holds several state dicts: one, two"),
    ],
    ids=[
        "empty",
        "packed",
        "text",
        "escape codes",
        "pointer",
        "cut off",
        "cut off early",
        "old and cut off",
        "old and cut off early",
        "other archive",
        "forged archive",
        "whole model",
        "code",
        "list",
        "no weights",
        "number",
        "several",
    ],
)
def test_a_file_that_is_none_is_told_in_words_of_our_own(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "weights.pt").write_bytes(content)
    with pytest.raises(UnusableInput, match=said) as caught:
        create(weights_file=str(tmp_path / "weights.pt"))
    assert "weights_only" not in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"hello world, hello", "is not a safetensors file"),
        (b"", "is empty"),
        (b"\xff\xff\0\0\0\0\0\0{", "is cut off"),
        (b"\x02\0\0\0\0\0\0\0{]", "is not a readable safetensors file"),
    ],
    ids=["text", "empty", "cut off", "no header"],
)
def test_safetensors_that_are_none_are_told_apart(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "weights.safetensors").write_bytes(content)
    with pytest.raises(UnusableInput, match=said):
        create(weights_file=str(tmp_path / "weights.safetensors"))


def test_safetensors_are_known_by_what_they_hold(tmp_path: Path) -> None:
    save_file(WEIGHTS, tmp_path / "weights.bin")
    model = create(weights_file=str(tmp_path / "weights.bin"))
    assert torch.equal(model.module.get_parameter("0.bias"), WEIGHTS["0.bias"])


@pytest.mark.parametrize("dtype", [torch.int8, torch.uint8, torch.complex64, torch.bool], ids=str)
def test_weights_that_would_change_their_meaning_are_refused(tmp_path: Path, dtype: torch.dtype) -> None:
    torch.save({**WEIGHTS, "2.weight": WEIGHTS["2.weight"].to(dtype)}, tmp_path / "weights.pt")
    said = f"2.weight is {str(dtype).removeprefix('torch.')}, not float32"
    with pytest.raises(UnusableInput, match=said):
        create(weights_file=str(tmp_path / "weights.pt"))


@pytest.mark.parametrize("dtype", [torch.float16, torch.float64], ids=str)
def test_weights_of_another_precision_load(tmp_path: Path, dtype: torch.dtype) -> None:
    torch.save({name: tensor.to(dtype) for name, tensor in WEIGHTS.items()}, tmp_path / "weights.pt")
    model = create(weights_file=str(tmp_path / "weights.pt"))
    assert model.module.get_parameter("0.bias").dtype is torch.float32


def test_weights_for_other_classes_are_refused(tmp_path: Path) -> None:
    torch.save(WEIGHTS, tmp_path / "weights.pt")
    with pytest.raises(UnusableInput, match=r"2\.weight is 2 x 4 in them and 3 x 4 in it, the first of 2"):
        create(weights_file=str(tmp_path / "weights.pt"), options='{"classes": 3}')


@pytest.mark.parametrize("options", ["{", "[1]", "3"], ids=["no JSON", "a list", "a number"])
def test_options_must_be_named_values(options: str) -> None:
    with pytest.raises(InvalidInput, match="it is no JSON object"):
        create(options=options)


def test_an_unknown_option_and_an_unknown_factory_are_named() -> None:
    with pytest.raises(InvalidInput, match="small: got an unexpected keyword argument 'class'"):
        create(options='{"class": 3}')
    with pytest.raises(UnknownName, match="no model factory named 'smal'"):
        create(factory="smal")


def test_a_factory_that_fails_is_told_with_its_options() -> None:
    with pytest.raises(UnusableInput, match=r"'small' failed: RuntimeError: .*-1") as caught:
        create(options='{"classes": -1}')
    assert "its options, which are (classes: " in caught.value.hint
    assert "->" not in caught.value.hint


def test_the_factories_are_offered() -> None:
    assert "small" in WeightsFileParams.specs()[0].choices


def test_the_names_of_factories_are_shown_as_they_are_written() -> None:
    @model_factory("tiny-vit")
    def build() -> nn.Module:
        return nn.Identity()

    about = WeightsFileParams.specs()[0]
    assert "tiny-vit" in about.choices
    assert choice_words("tiny-vit", about) == "tiny-vit"


def test_a_name_belongs_to_one_factory() -> None:
    with pytest.raises(DuplicateName, match="Two model factories are named 'small'"):

        @model_factory("small")
        def other() -> nn.Module:
            return nn.Identity()


def test_what_was_done_to_names_is_remarked(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    torch.save({"state_dict": prefixed("net.") | {"loss.weight": torch.ones(2)}, "ema": OTHERS}, path)
    assert create(weights_file=str(path)).notes == (
        "The file also holds averaged weights (ema), which were not taken: switch on Averaged weights.",
        "Names of the weights begin with 'net.', which was taken away.",
        "The file holds 1 tensors more, such as loss.weight, which were left out.",
    )


def test_the_likely_prefix_is_named_where_not_all_fits(tmp_path: Path) -> None:
    wrong = {"encoder.body.2.weight": torch.ones(2, 9), "decoder.weight": torch.ones(2)}
    torch.save(prefixed("encoder.body.") | wrong, tmp_path / "w.pt")
    with pytest.raises(UnusableInput) as refused:
        create(weights_file=str(tmp_path / "w.pt"))
    assert "Without 'encoder.body.' at their beginning, 4 of 4 names would match" in refused.value.hint


def test_masks_of_torch_pruning_are_applied(tmp_path: Path) -> None:
    module = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    prune.random_unstructured(module[0], "weight", 0.5)
    torch.save(module.state_dict(), tmp_path / "w.pt")
    made = create(weights_file=str(tmp_path / "w.pt"))
    assert torch.equal(made.module.get_parameter("0.weight"), module[0].weight)
    assert int((made.module.get_parameter("0.weight") == 0).sum()) == 6
    assert "masks were applied to 0.weight" in made.notes[0]


@pytest.mark.parametrize("prefix", ["", "module.", "backbone.", "_orig_mod.net."])
def test_masks_survive_renaming_and_hold_in_training(tmp_path: Path, prefix: str) -> None:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    prune.custom_from_mask(module[0], "weight", torch.tensor([[1, 0, 1]] * 4))
    prune.custom_from_mask(module[0], "bias", torch.tensor([1, 1, 0, 1]))
    nn.init.zeros_(module[2].weight)  # zero, but nobody pruned it
    state = {f"{prefix}{name}": tensor for name, tensor in module.state_dict().items()}
    torch.save(state, tmp_path / "w.pt")
    made = create(weights_file=str(tmp_path / "w.pt"))
    save(made, tmp_path / "model")
    context = Context(data=Points(), task=LastLogits())
    tuned = apply_step("fine-tune", {"epochs": 3}, LayerRules(), load(tmp_path / "model"), context)
    weight, bias = (tuned.module.get_parameter(f"0.{leaf}").detach() for leaf in ("weight", "bias"))
    assert (weight == 0).tolist() == [[False, True, False]] * 4
    assert (bias == 0).tolist() == [False, False, True, False]
    assert not torch.equal(weight, module[0].weight)
    assert bool((tuned.module.get_parameter("2.weight") != 0).any())


def test_masks_of_a_joint_projection_go_to_the_layers_that_it_is_taken_apart_into(tmp_path: Path) -> None:
    @model_factory("attending")
    def attending() -> nn.Module:
        return nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)

    module = attending()
    mask = torch.ones(24, 8)
    mask[8:16, 2] = 0  # keys
    prune.custom_from_mask(module.self_attn, "in_proj_weight", mask)
    torch.save({f"model.{name}": tensor for name, tensor in module.state_dict().items()}, tmp_path / "w.pt")
    made = create(factory="attending", weights_file=str(tmp_path / "w.pt"))
    ((name, placed),) = made.pruned.items()
    assert made.module.get_parameter(name).shape == (8, 8)
    assert torch.equal(placed, mask[8:16] == 0)
    assert torch.equal(made.module.get_parameter(name), module.self_attn.in_proj_weight[8:16])


class Points(Dataset):
    """Random points of two classes."""

    def __init__(self) -> None:
        self._points = torch.randn(32, 3, generator=torch.Generator().manual_seed(2))
        self.labels = (self._points[:, 0] > 0).long()
        self.class_names, self.ids = ("left", "right"), tuple(map(str, range(32)))

    def batch(self, indices: torch.Tensor | slice, *, augmented: bool = False) -> Batch:
        return Batch(self._points[indices], self.labels[indices])


AVERAGES = {name: tensor * 3 for name, tensor in WEIGHTS.items()}
BOTH: dict[str, Any] = {
    "timm": {"state_dict": WEIGHTS, "state_dict_ema": AVERAGES},
    "torchvision": {
        "model": WEIGHTS,
        "model_ema": {**{f"module.{n}": t for n, t in AVERAGES.items()}, "n_averaged": torch.tensor(3)},
    },
    "side by side": prefixed("model.") | {f"ema_model.{name}": tensor for name, tensor in AVERAGES.items()},
    "in one wrapper": {"state_dict": prefixed("net.") | {f"net_ema.{n}": t for n, t in AVERAGES.items()}},
}


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("averaged", [False, True])
def test_a_person_chooses_between_averaged_weights_and_others(
    tmp_path: Path, kind: str, averaged: bool
) -> None:
    torch.save(BOTH[kind], tmp_path / "w.pt")
    made = create(weights_file=str(tmp_path / "w.pt"), averaged=averaged)
    expected = AVERAGES if averaged else WEIGHTS
    assert all(torch.equal(made.module.get_parameter(name), tensor) for name, tensor in expected.items())
    said = "Averaged weights" if averaged else "The file also holds averaged weights"
    assert any(note.startswith(said) for note in made.notes)


def test_an_average_alone_is_what_was_asked_for(tmp_path: Path) -> None:
    module = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    torch.save(torch.optim.swa_utils.AveragedModel(module).state_dict(), tmp_path / "swa.pt")
    torch.save({"ema": AVERAGES}, tmp_path / "ema.pt")
    for name, expected in (("swa", module.state_dict()), ("ema", AVERAGES)):
        made = create(weights_file=str(tmp_path / f"{name}.pt"), averaged=True)
        assert torch.equal(made.module.get_parameter("0.weight"), expected["0.weight"])


@pytest.mark.parametrize("kind", ["plain", "prefixed"])
def test_averaged_weights_that_are_not_there_are_refused(tmp_path: Path, kind: str) -> None:
    torch.save(WEIGHTS if kind == "plain" else {"state_dict": PREFIXED}, tmp_path / "w.pt")
    with pytest.raises(UnusableInput, match="has no averaged weights"):
        create(weights_file=str(tmp_path / "w.pt"), averaged=True)

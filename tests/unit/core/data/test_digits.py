"""The digits: a fixed, stratified split with rare classes in training only."""

from __future__ import annotations

import pytest
import torch

from core.data.base import data_sources, load_data
from core.data.images import ImageDataset
from core.errors import InvalidInput, UnknownName, UnusableInput
from core.registry import discover

discover("core.data.sources")
OWN = [name for name, source in data_sources if type(source).__module__.startswith("core.")]
RARE = {"rare_classes": [8, 9], "kept_fraction": 0.15}


def digits(split: str, **parameters: object) -> ImageDataset:
    dataset = load_data("digits", parameters, split)
    assert isinstance(dataset, ImageDataset)
    return dataset


def test_the_splits_hold_every_image_once() -> None:
    train, test = digits("train"), digits("test")
    assert len(train) + len(test) == 1797
    assert not set(train.ids) & set(test.ids)
    assert len(set(train.ids)) == len(train)


def test_the_test_split_is_balanced_and_unaffected_by_rare_classes() -> None:
    test = digits("test", **RARE)
    counts = torch.bincount(test.labels)
    assert int(counts.min()) >= 58
    assert int(counts.max()) <= 61
    assert test.ids == digits("test").ids


def test_rare_classes_are_thinned_in_training() -> None:
    full, thinned = torch.bincount(digits("train").labels), torch.bincount(digits("train", **RARE).labels)
    assert torch.equal(full[:8], thinned[:8])
    assert thinned[8:].tolist() == [round(0.15 * count) for count in full[8:].tolist()]


def test_the_split_seed_decides_the_split() -> None:
    assert digits("test").ids == digits("test", split_seed=0).ids
    assert digits("test").ids != digits("test", split_seed=1).ids


def test_inputs_are_normalised_images() -> None:
    train = digits("train")
    assert train.images.dtype == torch.uint8
    assert int(train.images.max()) == 255
    inputs = train.batch(slice(None)).inputs
    assert isinstance(inputs, torch.Tensor)
    assert inputs.shape == (len(train), 1, 8, 8)
    assert abs(float(inputs.mean())) < 0.02
    assert abs(float(inputs.std()) - 1) < 0.02


def test_augmentation_varies_training_batches_only_when_asked() -> None:
    train = digits("train")
    torch.manual_seed(3)
    plain, again = train.batch(slice(0, 64)).inputs, train.batch(slice(0, 64)).inputs
    varied = [train.batch(slice(0, 64), augmented=True).inputs for _ in range(5)]
    assert isinstance(plain, torch.Tensor)
    assert torch.equal(plain, again)
    assert any(not torch.equal(plain, other) for other in varied)


@pytest.mark.parametrize(
    ("parameters", "error", "said"),
    [
        ({"rare_classes": [10]}, UnusableInput, "no digit 10"),
        ({"kept_fraction": 0}, InvalidInput, "kept_fraction is 0"),
        ({"rare": [8]}, InvalidInput, "Did you mean rare_classes"),
    ],
)
def test_wrong_parameters_are_named(parameters: dict[str, object], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        load_data("digits", parameters, "train")


def test_unknown_sources_get_near_matches() -> None:
    with pytest.raises(UnknownName, match="Did you mean digits"):
        load_data("digit", {}, "train")

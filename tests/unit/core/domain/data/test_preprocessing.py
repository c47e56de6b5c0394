"""What models say of their images, against settings of data."""

from __future__ import annotations

from typing import Any

import pytest
from torchvision import models

from core.domain.data.preprocessing import Preprocessing, of_processor, of_transforms

IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            {"size": {"height": 224, "width": 224}, "image_mean": [0.5] * 3, "image_std": [0.5] * 3},
            Preprocessing(224, (0.5,) * 3, (0.5,) * 3),
        ),
        (
            {"size": {"shortest_edge": 256}, "do_center_crop": True, "crop_size": {"height": 192}},
            Preprocessing(192),
        ),
        ({"size": 96, "do_normalize": False}, Preprocessing(96, (0.0,) * 3, (1.0,) * 3)),
        ({"size": "large", "image_mean": "no"}, Preprocessing()),
    ],
    ids=["vit", "cropped", "not normalised", "odd"],
)
def test_a_processor_is_read(written: dict[str, Any], expected: Preprocessing) -> None:
    assert of_processor(written) == expected


def test_transforms_of_torchvision_are_read() -> None:
    transforms = models.get_model_weights("efficientnet_b3")["DEFAULT"].transforms()
    assert of_transforms(transforms) == Preprocessing(300, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def test_only_what_differs_is_proposed() -> None:
    vit = Preprocessing(224, (0.5,) * 3, (0.5,) * 3)
    assert vit.differences({"size": 224, **IMAGENET}) == {"mean": [0.5] * 3, "std": [0.5] * 3}
    assert vit.differences({"size": 32, "mean": [0.5], "std": [0.5]}) == {"size": 224}
    assert vit.differences({"path": "texts"}) == {}

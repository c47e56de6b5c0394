"""How the images that a model was trained on were prepared, against how the data of a project are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PROCESSOR_FILE = "preprocessor_config.json"
"""What the transformers library writes beside a model of images; see `of_processor`."""

_CLOSE = 5e-3


@dataclass(frozen=True)
class Preprocessing:
    """What images a model expects.

    size: edge of the square in pixels. mean, std: of each channel, 0 to 1. None: not known.
    """

    size: int | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what is known, by field of an image source."""
        wanted = {"size": self.size, "mean": self.mean, "std": self.std}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in wanted.items()
            if value is not None
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Preprocessing:
        """Return the inverse of `to_json`."""
        return cls(values.get("size"), _floats(values.get("mean")), _floats(values.get("std")))

    def differences(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values that the data should have and have not, by field of an image source."""
        return {
            name: value
            for name, value in self.to_json().items()
            if name in data and not _alike(value, data[name])
        }


def of_processor(values: Mapping[str, Any]) -> Preprocessing:
    """Return what a `preprocessor_config.json` of the transformers library says."""
    normalises = values.get("do_normalize", True)
    size = values.get("crop_size") if values.get("do_center_crop") else values.get("size")
    mean, std = (_floats(values.get(name)) if normalises else None for name in ("image_mean", "image_std"))
    if not normalises:
        mean, std = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    return Preprocessing(_edge(size), mean, std)


def of_transforms(transforms: Any) -> Preprocessing:
    """Return what the transforms of torchvision's published weights do."""
    size = getattr(transforms, "crop_size", None)
    return Preprocessing(
        _edge(size[0] if isinstance(size, Sequence) and size else size),
        _floats(getattr(transforms, "mean", None)),
        _floats(getattr(transforms, "std", None)),
    )


def _edge(size: Any) -> int | None:
    if isinstance(size, Mapping):
        size = size.get("shortest_edge") or size.get("height")
    return size if isinstance(size, int) and not isinstance(size, bool) and size > 0 else None


def _floats(values: Any) -> tuple[float, ...] | None:
    if not isinstance(values, Sequence) or not all(isinstance(value, (int, float)) for value in values):
        return None
    return tuple(float(value) for value in values) or None


def _alike(wanted: Any, given: Any) -> bool:
    if not isinstance(wanted, list):
        return bool(wanted == given)
    listed = list(_floats(given) or ())
    one, other = (values * 3 if len(values) == 1 else values for values in (wanted, listed))
    return len(one) == len(other) and all(
        math.isclose(a, b, abs_tol=_CLOSE) for a, b in zip(one, other, strict=True)
    )

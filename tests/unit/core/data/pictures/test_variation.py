"""Training images are varied one by one, and stay what they were apart from that."""

from __future__ import annotations

import pytest
import torch

from core.data.pictures.variation import Variation

SEEDS = range(3)


def marked(count: int) -> torch.Tensor:
    """Images with one bright pixel in the middle of row 3, column 2."""
    images = torch.zeros(count, 3, 8, 8, dtype=torch.uint8)
    images[:, :, 3, 2] = 200
    return images


def places(images: torch.Tensor) -> list[tuple[int, int]]:
    return [tuple(map(int, (image[0] == 200).nonzero()[0])) for image in images]  # type: ignore[misc]


@pytest.mark.parametrize("seed", SEEDS)
def test_each_image_is_shifted_for_itself_and_by_no_more_than_asked(seed: int) -> None:
    torch.manual_seed(seed)
    varied = Variation(shift=1)(marked(400))
    assert varied.shape == (400, 3, 8, 8)
    assert varied.dtype == torch.uint8
    found = places(varied)
    assert set(found) == {(row, column) for row in (2, 3, 4) for column in (1, 2, 3)}


@pytest.mark.parametrize("seed", SEEDS)
def test_about_half_of_the_images_are_mirrored(seed: int) -> None:
    torch.manual_seed(seed)
    found = places(Variation(shift=0, mirror=True)(marked(400)))
    assert set(found) == {(3, 2), (3, 5)}
    assert 150 < found.count((3, 5)) < 250


def test_all_channels_of_an_image_move_together() -> None:
    torch.manual_seed(0)
    varied = Variation(shift=2, mirror=True)(torch.randint(0, 255, (50, 1, 8, 8)).expand(-1, 3, -1, -1))
    assert torch.equal(varied[:, 0], varied[:, 1])
    assert torch.equal(varied[:, 0], varied[:, 2])


def test_a_seed_draws_the_same_variation_again() -> None:
    images = torch.randint(0, 255, (20, 3, 8, 8), dtype=torch.uint8)
    torch.manual_seed(5)
    first = Variation(shift=1, mirror=True)(images)
    torch.manual_seed(5)
    assert torch.equal(first, Variation(shift=1, mirror=True)(images))

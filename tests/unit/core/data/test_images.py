"""Images in memory, and folders of images with good and bad files."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from core.data import images as images_module
from core.data.base import load_data
from core.data.images import ImageDataset, normalisation
from core.errors import UnusableInput
from core.registry import discover

discover("core.data.sources")


def dataset() -> ImageDataset:
    images = torch.arange(5 * 3 * 2 * 2).reshape(5, 3, 2, 2).to(torch.uint8)
    ids = tuple(map(str, range(5)))
    return ImageDataset(images, torch.arange(5), tuple("abcde"), ids, normalisation([0.5] * 3, [0.5] * 3))


@pytest.mark.parametrize("limit", [0, 2**30], ids=["computed each time", "kept"])
def test_batches_are_preprocessed(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images_module, "KEEP_PREPROCESSED_BYTES", limit)
    data = dataset()
    batches = list(data.batches(2))
    assert [len(batch.labels) for batch in batches] == [2, 2, 1]
    joined = torch.cat([torch.as_tensor(batch.inputs) for batch in batches])
    torch.testing.assert_close(joined, (data.images / 255 - 0.5) / 0.5)


def test_instances_are_chosen_by_index() -> None:
    batch = dataset().batch(torch.tensor([4, 0]))
    assert batch.labels.tolist() == [4, 0]
    torch.testing.assert_close(batch.inputs, (dataset().images[[4, 0]] / 255 - 0.5) / 0.5)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for split, count in (("train", 3), ("test", 2)):
        for label, colour in (("cats", (255, 0, 0)), ("dogs", (0, 0, 255))):
            (tmp_path / split / label).mkdir(parents=True)
            for index in range(count):
                Image.new("RGB", (20 + index, 12), colour).save(tmp_path / split / label / f"{index}.png")
    return tmp_path


def load(folder: Path, split: str = "test") -> ImageDataset:
    loaded = load_data("image-folder", {"path": str(folder), "size": 8}, split)
    assert isinstance(loaded, ImageDataset)
    return loaded


def test_folders_are_classes(folder: Path) -> None:
    data = load(folder, "train")
    assert data.class_names == ("cats", "dogs")
    assert data.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert data.images.shape == (6, 3, 8, 8)
    assert data.images[0, :, 0, 0].tolist() == [255, 0, 0]
    assert data.ids[3] == "dogs/0.png"
    assert data.problems == ()


def test_files_that_do_not_decode_are_listed_and_left_out(folder: Path) -> None:
    (folder / "test/cats/broken.jpg").write_bytes(b"no image")
    whole = (folder / "test/dogs/0.png").read_bytes()
    (folder / "test/dogs/cut.png").write_bytes(whole[: len(whole) // 2])
    (folder / "test/dogs/notes.txt").write_text("not an image at all, and not named like one")
    data = load(folder)
    assert len(data) == len(data.labels) == len(data.ids) == 4
    assert len(data.problems) == 2
    assert data.problems[0].startswith("cats/broken.jpg does not decode")


def test_grey_and_transparent_images_become_colour(folder: Path) -> None:
    Image.new("L", (9, 9), 100).save(folder / "test/cats/a.png")
    Image.new("RGBA", (9, 9), (1, 2, 3, 4)).save(folder / "test/cats/b.png")
    assert load(folder).images.shape == (6, 3, 8, 8)


def test_a_folder_without_images_is_named(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty" / "test").mkdir(parents=True)
    with pytest.raises(UnusableInput, match="holds no image"):
        load(tmp_path / "empty")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="There is no folder"):
        load(tmp_path / "gone")


def test_the_fingerprint_tells_data_apart() -> None:
    data = dataset()
    same, swapped = dataset(), replace(data, ids=("1", "0", "2", "3", "4"))
    assert data.fingerprint() == same.fingerprint()
    assert data.fingerprint() != swapped.fingerprint()
    assert data.fingerprint() != replace(data, labels=data.labels.flip(0)).fingerprint()


def test_a_class_that_one_split_lacks_keeps_its_number_in_the_other(folder: Path) -> None:
    (folder / "train" / "birds").mkdir()
    Image.new("RGB", (8, 8)).save(folder / "train" / "birds" / "0.png")
    train, test = load(folder, "train"), load(folder)
    assert train.class_names == test.class_names == ("birds", "cats", "dogs")
    assert dict(zip(train.ids, train.labels.tolist(), strict=True))["cats/0.png"] == 1
    assert dict(zip(test.ids, test.labels.tolist(), strict=True))["cats/0.png"] == 1


def test_what_systems_leave_in_folders_is_no_class_and_no_image(folder: Path) -> None:
    for hidden in (".thumbnails", "__MACOSX", "cats/.ipynb_checkpoints", "cats/@eaDir", "cats/a/.cache/b"):
        (folder / "test" / hidden).mkdir(parents=True)
        Image.new("RGB", (9, 9)).save(folder / "test" / hidden / "a.png")
    (folder / "test" / "cats" / "._0.png").write_bytes(b"junk")
    data = load(folder)
    assert data.class_names == ("cats", "dogs")
    assert data.ids == ("cats/0.png", "cats/1.png", "dogs/0.png", "dogs/1.png")
    assert data.problems == ()


def numbered(root: Path) -> Path:
    for number in range(12):
        (root / "test" / str(number)).mkdir(parents=True)
        Image.new("L", (4, 4), number).save(root / "test" / str(number) / "a.png")
    return root


def test_folders_that_are_numbers_are_in_numerical_order(tmp_path: Path) -> None:
    data = load(numbered(tmp_path))
    assert data.class_names == tuple(map(str, range(12)))
    assert data.images[:, 0, 0, 0].tolist() == data.labels.tolist() == list(range(12))


def test_the_order_of_classes_can_be_given(folder: Path) -> None:
    asked = {"path": str(folder), "size": 8, "classes": ["dogs", "cats"]}
    data = load_data("image-folder", asked, "test")
    assert data.class_names == ("dogs", "cats")
    assert dict(zip(data.ids, data.labels.tolist(), strict=True))["cats/0.png"] == 1


@pytest.mark.parametrize(
    ("classes", "said"),
    [
        (["cats"], "leave out the folder 'dogs'"),
        (["cats", "dogs", "cats"], "name 'cats' more than once"),
    ],
)
def test_an_order_that_cannot_be_is_refused(folder: Path, classes: list[str], said: str) -> None:
    with pytest.raises(UnusableInput, match=said):
        load_data("image-folder", {"path": str(folder), "classes": classes}, "test")


def test_images_become_grey_for_networks_of_one_channel(folder: Path) -> None:
    data = load_data("image-folder", {"path": str(folder), "size": 8, "channels": 1}, "test")
    inputs = torch.as_tensor(data.batch(slice(0, 1)).inputs)
    assert inputs.shape == (1, 1, 8, 8)
    grey = 76 / 255  # of pure red, as ITU-R 601 weighs colours
    mean, deviation = (0.485 + 0.456 + 0.406) / 3, (0.229 + 0.224 + 0.225) / 3
    torch.testing.assert_close(inputs, torch.full_like(inputs, (grey - mean) / deviation))


def test_one_mean_counts_for_all_channels(folder: Path) -> None:
    asked = {"path": str(folder), "size": 8, "mean": [0.5], "std": [0.5]}
    inputs = torch.as_tensor(load_data("image-folder", asked, "test").batch(slice(0, 1)).inputs)
    assert inputs[0, :, 0, 0].tolist() == [1.0, -1.0, -1.0]


def test_images_beside_no_folder_of_a_class_have_no_label(folder: Path) -> None:
    for name in ("cats", "dogs"):
        shutil.rmtree(folder / "test" / name)
    for name in ("b.png", "a.png"):
        Image.new("RGB", (8, 8)).save(folder / "test" / name)
    data = load(folder)
    assert (data.ids, data.labels.tolist(), data.class_names) == (
        ("a.png", "b.png"), [-1, -1], ("cats", "dogs"),
    )  # fmt: skip

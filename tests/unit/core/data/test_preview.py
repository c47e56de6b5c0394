"""What people see of a split: true counts, examples of every class, pictures of the pixels as they are."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import asdict

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sklearn.datasets import load_digits
from torch import Tensor

from core.data.base import Split
from core.data.dataset import Batch, Dataset
from core.data.images import ImageDataset, normalisation
from core.data.pictures.thumbnails import EDGE, thumbnail
from core.data.preview import EXAMPLES, chosen, preview
from core.data.sources.digits import Digits, DigitsParams
from core.data.text.texts import TextDataset, unlabelled


def drawn(url: str) -> Image.Image:
    kind, _, content = url.partition(";base64,")
    assert kind in {"data:image/png", "data:image/webp"}
    return Image.open(io.BytesIO(base64.b64decode(content)))


def images(pixels: Tensor, labels: list[int], names: tuple[str, ...], **more: object) -> ImageDataset:
    ids = tuple(f"image-{index}" for index in range(len(labels)))
    return ImageDataset(
        pixels, torch.tensor(labels), names, ids, normalisation([0.5], [0.5]), **more  # type: ignore[arg-type]
    )  # fmt: skip


def texts(*said: str, answers: tuple[tuple[str, ...], ...] = (), **more: object) -> TextDataset:
    ids = tuple(f"row {index}" for index in range(len(said)))
    return TextDataset(said, ids, unlabelled(len(said)), answers=answers, **more)  # type: ignore[arg-type]


def test_counts_and_examples_of_the_digits_are_those_of_scikit_learn() -> None:
    pixels, labels = load_digits(return_X_y=True)
    test, train = (
        preview(Digits().load(DigitsParams(), split), str(split)) for split in (Split.TEST, Split.TRAIN)
    )
    counted = [test.summary.classes, train.summary.classes]
    assert all(one is not None and [name for name, _ in one.listed] == list("0123456789") for one in counted)
    both = [
        sum(counts) for counts in zip(*([n for _, n in one.listed] for one in counted if one), strict=True)
    ]
    assert both == np.bincount(labels).tolist()
    for example in test.examples:
        index = int(example.id.removeprefix("digit-"))
        assert example.label == str(labels[index])
        picture = np.asarray(drawn(example.picture))
        assert picture.tolist() == np.rint(pixels[index].reshape(8, 8) * 255 / 16).astype(np.uint8).tolist()
    assert [one.label for one in test.examples] == sorted("0123456789" + "01")


def test_rare_classes_are_seen_in_the_figures_and_among_the_examples() -> None:
    data = Digits().load(DigitsParams(rare_classes=[8], kept_fraction=0.01), Split.TRAIN)
    shown = preview(data, "train")
    assert shown.summary.classes is not None
    assert shown.summary.classes.smallest == ("8", 1)
    assert [one.label for one in shown.examples].count("8") == 1
    assert len(shown.examples) == EXAMPLES
    assert preview(data, "train") == shown


def test_of_very_many_classes_the_largest_are_named_and_examples_come_from_all_over() -> None:
    labels = [index % 999 for index in range(2000)] + [500] * 50
    data = images(
        torch.zeros(len(labels), 1, 2, 2, dtype=torch.uint8), labels, tuple(f"c{n}" for n in range(1000))
    )
    shown = preview(data, "test")
    classes = shown.summary.classes
    assert classes is not None
    assert (classes.total, classes.empty, len(classes.listed)) == (1000, 1, 20)
    assert classes.listed[:3] == (("c500", 52), ("c0", 3), ("c1", 3))
    assert classes.largest == ("c500", 52)
    assert classes.smallest is not None
    assert classes.smallest[1] == 2
    assert [one.label for one in shown.examples][:2] == ["c0", "c91"]
    assert shown.examples[-1].label == "c998"


def test_classes_that_look_the_same_are_told_apart() -> None:
    names = ("cat", "cat\u200b")
    shown = preview(images(torch.zeros(2, 1, 2, 2, dtype=torch.uint8), [0, 1], names), "test")
    assert [one.label for one in shown.examples] == ["cat", "cat<U+200B>"]
    assert shown.summary.classes is not None
    assert shown.summary.classes.listed == (("cat", 1), ("cat<U+200B>", 1))


@given(st.lists(st.integers(0, 20), max_size=60), st.integers(1, 15))
def test_examples_are_distinct_and_no_class_is_passed_over_for_another(groups: list[int], most: int) -> None:
    taken = chosen(np.array(groups, np.int64), most)
    assert len(set(taken)) == len(taken) == min(most, len(groups)) or len(set(groups)) > most
    assert len(taken) <= most
    shares = {group: [groups[index] for index in taken].count(group) for group in set(groups)}
    if len(set(groups)) <= most:
        largest = max(shares.values(), default=0)
        assert all(share >= min(largest - 1, groups.count(group)) for group, share in shares.items())


@pytest.mark.parametrize(
    ("channels", "mode"),
    [(1, "L"), (3, "RGB"), (4, "RGBA"), (2, "L")],
    ids=["grey", "colour", "alpha", "two"],
)
def test_small_images_are_drawn_pixel_by_pixel(channels: int, mode: str) -> None:
    image = torch.arange(channels * 6, dtype=torch.uint8).reshape(channels, 2, 3) * 7
    picture = drawn(thumbnail(image))
    assert (picture.mode, picture.size) == (mode, (3, 2))
    pixels = np.asarray(picture).reshape(2, 3, -1).transpose(2, 0, 1)
    assert pixels.tolist() == image[: pixels.shape[0]].tolist()


def test_large_images_become_small_pictures_of_the_same_shape() -> None:
    assert drawn(thumbnail(torch.full((3, 300, 600), 90, dtype=torch.uint8))).size == (EDGE, EDGE // 2)
    assert drawn(thumbnail(torch.zeros(3, 1, 5000, dtype=torch.uint8))).size == (EDGE, 1)


@pytest.mark.parametrize(
    "image",
    [torch.zeros(3, 4, 4), torch.zeros(3, 0, 4, dtype=torch.uint8), torch.zeros(4, 4, dtype=torch.uint8)],
    ids=["no bytes", "no pixels", "no channels"],
)
def test_what_is_no_image_has_no_picture(image: Tensor) -> None:
    assert thumbnail(image) == ""


@pytest.mark.parametrize("edge", [64, 128, 400])
def test_previews_stay_small_whatever_the_images(edge: int) -> None:
    noise = torch.randint(0, 256, (12, 3, edge, edge), dtype=torch.uint8, generator=torch.manual_seed(0))
    shown = preview(images(noise, list(range(12)), tuple("abcdefghijkl")), "test")
    assert shown.examples[0].pixels == (edge, edge)
    assert len(json.dumps(asdict(shown))) < 300_000


def test_previews_stay_small_whatever_the_texts() -> None:
    columns = {f"column {number}": ("\u00e9" * 5000,) * 40 for number in range(30)}
    long = texts(*["\u4e2d" * 100_000] * 40, answers=(("\u4e2d" * 9999,) * 50,) * 40, slices=columns)
    shown = preview(long, "train")
    assert len(json.dumps(asdict(shown))) < 300_000
    assert shown.examples[0].text.endswith("\u4e2d\N{HORIZONTAL ELLIPSIS}")
    assert len(shown.examples[0].answers) == 3


def test_questions_are_shown_with_their_answers_spread_over_the_slices() -> None:
    kinds = ("who",) * 30 + ("why",) * 2
    data = texts(*kinds, answers=tuple((f"{kind}!",) for kind in kinds), slices={"kind": kinds})
    shown = preview(data, "test")
    assert shown.summary.classes is None
    (column,) = shown.summary.columns
    assert (column.name, column.listed, column.total) == ("kind", (("who", 30), ("why", 2)), 2)
    assert [one.text for one in shown.examples] == ["who"] * 10 + ["why"] * 2
    assert shown.examples[-1].answers == ("why!",)
    assert shown.examples[-1].label is None


def test_what_was_left_out_is_counted_and_the_first_are_named() -> None:
    data = images(
        torch.zeros(1, 3, 4, 4, dtype=torch.uint8), [0], ("only",),
        problems=tuple(f"{index}.png does not decode" for index in range(9)),
    )  # fmt: skip
    summary = preview(data, "test").summary
    assert (summary.instances, summary.left_out, summary.channels) == (1, 9, 3)
    assert summary.problems == tuple(f"{index}.png does not decode" for index in range(5))


def test_marks_that_no_database_holds_are_replaced() -> None:
    shown = preview(texts("nul \x00 and half a pair \ud83d"), "test")
    assert shown.examples[0].text == "nul \ufffd and half a pair ?"


def test_nothing_is_shown_of_nothing() -> None:
    shown = preview(images(torch.zeros(0, 3, 4, 4, dtype=torch.uint8), [], ("a", "b")), "test")
    assert shown.examples == ()
    assert shown.summary.classes is not None
    assert (shown.summary.classes.empty, shown.summary.classes.largest) == (2, None)


def test_data_of_a_plug_in_that_nobody_can_draw_still_have_counts_and_names() -> None:
    class Sounds(Dataset):
        labels, class_names, ids = torch.tensor([1, -1, 1]), ("dog", "cat"), ("a", "b", "c")

        def batch(self, indices: Tensor | slice, *, augmented: bool = False) -> Batch:
            raise AssertionError("a preview needs no batches")

    shown = preview(Sounds(), "test")
    assert [(one.id, one.label) for one in shown.examples] == [("b", None), ("a", "cat"), ("c", "cat")]
    assert shown.summary.classes is not None
    assert shown.summary.classes.listed == (("dog", 0), ("cat", 2))

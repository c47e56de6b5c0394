"""Parts of data sets are spread evenly and keep each instance whole."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import PreTrainedTokenizerFast

from core.data.base import load_data
from core.data.dataset import Dataset
from core.data.subset import part
from core.data.text.encoded import EncodedTexts
from core.data.text.reading import Form, TextReader
from core.registry import discover

discover("core.data.sources")


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_data("digits", {}, "test")


def test_instances_are_spread_over_the_whole(digits: Dataset) -> None:
    few = part(digits, 10)
    assert len(few) == len(few.ids) == 10
    assert (few.ids[0], few.ids[-1]) == (digits.ids[0], digits.ids[-1])
    assert len(set(few.ids)) == 10
    places = [digits.ids.index(name) for name in few.ids]
    gaps = [b - a for a, b in pairwise(places)]
    assert max(gaps) - min(gaps) <= 1
    inputs = few.batch(slice(0, 10)).inputs
    assert torch.equal(inputs, digits.batch(torch.tensor(places)).inputs)
    assert few.labels.tolist() == [int(digits.labels[place]) for place in places]
    assert torch.equal(few.batch(torch.tensor([3])).inputs, inputs[3:4])
    assert few.class_names == digits.class_names


@pytest.mark.parametrize("most", [None, 10**6])
def test_all_is_the_data_set_itself(digits: Dataset, most: int | None) -> None:
    assert part(digits, most) is digits


def test_texts_keep_their_tokens_answers_and_slices() -> None:
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(WordLevel({"pad": 0, "end": 1, "word": 2}, unk_token="word")),
        pad_token="pad",
        eos_token="end",
    )
    whole = EncodedTexts(
        reader=TextReader(tokenizer, Form.CAUSAL, context=16),
        texts=tuple(f"text {index}" for index in range(9)),
        tokens=tuple((2,) * (index + 1) for index in range(9)),
        targets=tuple((2, 1) for _ in range(9)),
        ids=tuple(str(index) for index in range(9)),
        labels=torch.full((9,), -1),
        answers=tuple((f"answer {index}",) for index in range(9)),
        slices={"kind": tuple("even" if index % 2 == 0 else "odd" for index in range(9))},
    )
    few = part(whole, 3)
    assert isinstance(few, EncodedTexts)
    assert few.ids == ("0", "4", "8")
    assert few.answers == (("answer 0",), ("answer 4",), ("answer 8",))
    assert [len(tokens) for tokens in few.tokens] == [1, 5, 9]
    assert few.slices == {"kind": ("even", "even", "even")}
    assert len(few) == len(few.targets) == 3
    inputs = few.batch(slice(0, 3)).inputs
    assert isinstance(inputs, dict)
    assert inputs["input_ids"].shape == (3, 10)

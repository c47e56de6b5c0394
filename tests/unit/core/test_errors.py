"""Unknown names: what is offered instead can be typed."""

import pytest

from core.errors import UnknownName

LABELS = {
    "ffn-pruning": "Feed-forward pruning",
    "head-pruning": "Head pruning",
    "int8-kernels": "Int8 arithmetic",
    "wanda-pruning": "Wanda pruning",
}


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("Feed-forward pruning", "Did you mean ffn-pruning?"),
        ("feed forward pruning", "Did you mean ffn-pruning?"),
        ("INT8 arithmetic", "Did you mean int8-kernels?"),
        ("int8 arithmetics", "Did you mean int8-kernels?"),
        ("head_pruning", "Did you mean head-pruning?"),
        ("zzz", "Known: ffn-pruning, head-pruning, int8-kernels, wanda-pruning."),
    ],
)
def test_names_are_found_from_labels_too(written: str, hint: str) -> None:
    assert UnknownName("technique", written, LABELS, labels=LABELS).hint == hint


def test_names_that_are_spelt_alike_are_all_offered() -> None:
    assert UnknownName("model", "cnn 1", {"CNN-1", "cnn_1"}).hint == "Did you mean CNN-1 or cnn_1?"

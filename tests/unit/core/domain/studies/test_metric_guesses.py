import pytest

from core.domain.metric import Direction, Format, Group
from core.domain.studies.metric_guesses import definition_of, guessed_direction, readable

HIGHER, LOWER = Direction.HIGHER, Direction.LOWER


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        ("Top-1 Accuracy", HIGHER),
        ("val_acc", HIGHER),
        ("macroF1", HIGHER),
        ("ROUGE-L", HIGHER),
        ("BLEU4", HIGHER),
        ("mAP@50", HIGHER),
        ("Throughput (img/s)", HIGHER),
        ("compression ratio", HIGHER),
        ("size reduction", HIGHER),
        ("Model Size", LOWER),
        ("modelSize", LOWER),
        ("Batch Latency STD", LOWER),
        ("accuracy loss", LOWER),
        ("Accuracy drop", LOWER),
        ("Error Rate", LOWER),
        ("inference time", LOWER),
        ("#params", LOWER),
        ("GFLOPs", LOWER),
        ("Perplexity", LOWER),
        ("Epochs", None),
        ("learning rate", None),
        ("???", None),
    ],
)
def test_directions_follow_from_names(name: str, direction: Direction | None) -> None:
    assert guessed_direction(name) is direction


@pytest.mark.parametrize(
    ("declared", "values", "expected", "unit"),
    [
        ({"format": ".2~%"}, [0.5], Format.PERCENT, ""),
        ({"format": ".2~%", "unit": "x"}, [0.5], Format.PERCENT, ""),
        ({"unit": "ms", "format": ".2~"}, [3.5], Format.DECIMAL, "ms"),
        ({"unit": "MB"}, [3], Format.DECIMAL, "MB"),
        ({"unit": "bytes"}, [3], Format.BYTES, ""),
        ({"format": ".2~s"}, [3.0], Format.COUNT, ""),
        ({"min": 0, "max": 1.0}, [0.1, 1], Format.PERCENT, ""),
        ({"min": 0, "max": 1.0}, [0.1, 97], Format.DECIMAL, ""),
        ({}, [1, 2.0], Format.COUNT, ""),
        ({}, [1.5], Format.DECIMAL, ""),
        ({}, [], Format.DECIMAL, ""),
        ({}, [float("nan")], Format.DECIMAL, ""),
    ],
)
def test_formats_follow_from_declaration_and_values(
    declared: dict[str, object], values: list[float], expected: Format, unit: str
) -> None:
    definition, _ = definition_of({"name": "Thing", **declared}, values)
    assert (definition.format, definition.unit) == (expected, unit)


def test_a_size_in_whole_numbers_is_bytes() -> None:
    definition, guesses = definition_of({"name": "Model Size", "format": ".2~s"}, [17_359_050])
    assert (definition.format, definition.group, guesses) == (
        Format.BYTES,
        Group.EFFICIENCY,
        ["direction", "format"],
    )


def test_a_declared_direction_is_no_guess() -> None:
    definition, guesses = definition_of({"name": "Loss", "direction": "higher", "format": "%"}, [])
    assert (definition.direction, guesses) == (HIGHER, [])


@pytest.mark.parametrize(
    ("name", "value", "label", "unit"),
    [
        ("size_bytes", 400, "Size", ""),
        ("latency_ms", 1.5, "Latency", "ms"),
        ("peak_memory_mb", 1.5, "Peak memory", "MB"),
        ("top1", 0.5, "Top1", ""),
        ("Top-1 accuracy", 0.5, "Top-1 accuracy", ""),
        ("ms", 1.5, "Ms", ""),
    ],
)
def test_names_as_in_code_become_labels_with_units(name, value, label, unit):
    found = readable(definition_of({"name": name}, [value])[0])
    assert (found.name, found.label, found.unit) == (name, label, unit)

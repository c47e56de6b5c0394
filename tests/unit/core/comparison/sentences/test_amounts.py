"""Numbers in sentences: value and interval with the same decimals, and never a line of digits."""

import pytest

from core.comparison.sentences.amounts import plain, scaled, with_margin
from core.comparison.sentences.phrases import places, setting
from core.comparison.variables.values import value_of
from core.comparison.variables.variables import Kind, Variable, Varying
from core.comparison.variables.wording import parameter_value


@pytest.mark.parametrize(
    ("value", "margin", "expected"),
    [
        (21.34, 5.08, "21.3 \N{PLUS-MINUS SIGN} 5.1"),
        (0.5, 1.6, "0.5 \N{PLUS-MINUS SIGN} 1.6"),
        (0.5, 0.34, "0.50 \N{PLUS-MINUS SIGN} 0.34"),
        (21.34, 13.4, "21 \N{PLUS-MINUS SIGN} 13"),
        (63.0, 9.96, "63 \N{PLUS-MINUS SIGN} 10"),
        (254.0, 123.0, "250 \N{PLUS-MINUS SIGN} 120"),
        (4.0, 0.0521, "4.00 \N{PLUS-MINUS SIGN} 0.05"),
        (4.0, 0.0001, ""),
        (1e308, 2e306, "1.00e+308 \N{PLUS-MINUS SIGN} 2.0e+306"),
        (1e308, 2e300, ""),
    ],
)
def test_value_and_interval_end_at_the_same_digit(value: float, margin: float, expected: str) -> None:
    assert with_margin(value, margin) == expected


def test_numbers_without_an_interval_are_short() -> None:
    expected = ["0", "0.04", "5", "5", "42", "1.00e+308"]
    assert [plain(number) for number in (0.0, 0.04, 5.0, 5.04, 41.8, 1e308)] == expected
    assert scaled(1e308, 100.0) == "1.00e+310"  # which no float can hold
    assert with_margin(1e308, 1e307, 100.0) == "1.00e+310 \N{PLUS-MINUS SIGN} 1.0e+309"


def axis(label: str, *raw: object, unit: str = "") -> Varying:
    values = tuple(value_of(one) for one in raw)
    return Varying(Variable(Kind.PARAMETER, None, label), f"{label} (step)", label, values, unit, "step")


@pytest.mark.parametrize(
    ("label", "unit", "raw", "place"),
    [
        ("bits", "bit", 4, "at 4 bits"),
        ("bits", "", 4, "at 4 bits"),
        ("epochs", "", 3, "with 3 epochs"),
        ("epochs", "", 1, "with 1 epoch"),
        ("sparsity", "fraction", 0.9, "at sparsity 0.9"),
        ("percentile", "%", 99.9, "at percentile 99.9 %"),
        ("bias", "", 2, "at bias 2"),
        ("method", "", "l1", "with method l1"),
    ],
)
def test_values_are_named_as_one_says_them(label: str, unit: str, raw: object, place: str) -> None:
    one = axis(label, raw, unit=unit)
    assert setting(one, one.values[0]).place == place


def test_several_counts_have_their_noun_once() -> None:
    bits, sparsity = axis("bits", 2, 4, 8), axis("sparsity", 0.3, 0.5)
    assert places(tuple(setting(bits, value) for value in bits.values)) == "at 2, 4 and 8 bits"
    assert places(tuple(setting(sparsity, value) for value in sparsity.values)) == "at sparsity 0.3 and 0.5"


def test_the_step_is_named_after_the_noun() -> None:
    assert parameter_value("bits", "4", step="palettization") == "4 bits (palettization)"

"""A condition holds or fails only where all of the interval is on one side of the limit."""

import math

import pytest

from core.cli.comparison.gate import exit_code, junit_xml, line
from core.comparison.gate import Limit, Outcome, check

LEAST = Limit(0.95, least=True)


@pytest.mark.parametrize(
    ("value", "interval", "outcome"),
    [
        (0.97, (0.96, 0.98), Outcome.HOLDS),
        (0.97, (0.94, 0.99), Outcome.UNSURE),
        (0.94, (0.90, 0.96), Outcome.UNSURE),
        (0.90, (0.85, 0.94), Outcome.FAILS),
        (0.95, None, Outcome.HOLDS),
        (0.94, None, Outcome.FAILS),
        (0.94, (math.nan, math.nan), Outcome.FAILS),
        (None, None, Outcome.UNKNOWN),
        (math.nan, None, Outcome.UNKNOWN),
    ],
)
def test_outcomes(value: float | None, interval: tuple[float, float] | None, outcome: Outcome) -> None:
    assert check("top1", LEAST, value, interval).outcome is outcome


def test_the_worst_outcome_decides_the_exit_code() -> None:
    holds, unsure, fails, unknown = (
        check("a", LEAST, 0.97, (0.96, 0.98)),
        check("b", LEAST, 0.96, (0.9, 0.99)),
        check("c <&>", LEAST, 0.9, (0.8, 0.92)),
        check("d", LEAST, None, note="not evaluated"),
    )
    assert exit_code([holds], accept_unsure=False) == 0
    assert exit_code([holds, unsure], accept_unsure=False) == 2
    assert exit_code([holds, unsure], accept_unsure=True) == 0
    assert exit_code([unknown], accept_unsure=True) == 2
    assert exit_code([fails, unknown], accept_unsure=True) == 1
    assert line(unsure) == "unsure  b: 0.96 (95 %: 0.9 to 0.99), at least 0.95"
    found = junit_xml([holds, unsure, fails, unknown], "7 against 1", accept_unsure=False)
    assert '<testsuite name="7 against 1" tests="4" failures="1" errors="2">' in found
    assert 'name="c &lt;&amp;&gt;"' in found

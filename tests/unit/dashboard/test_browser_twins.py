"""What Python and the browser code both compute is the same."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.presentation.durations import duration
from core.testing.browser.live_tab import applied
from dashboard.address import read_ids, write_ids
from dashboard.live.difference import difference

_SCRIPT = Path(__file__).parents[2] / "javascript" / "twins.mjs"
_NODE = Path(sys.executable).parent / "node"


def _in_browser_code(cases: dict[str, list[Any]]) -> dict[str, list[Any]]:
    command = [str(_NODE), str(_SCRIPT)]
    done = subprocess.run(
        command, input=json.dumps(cases), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _document(dice: random.Random, depth: int) -> dict[str, Any]:
    names = dice.sample(["1", "2", "30", "nodes", "label", "set", "in", "gone"], dice.randint(0, 4))
    leaf = [None, True, 0, 1.5, "", "é", [1, 2], []]
    inner = [_document(dice, depth - 1) for _ in range(2)] if depth else []
    return {name: dice.choice(leaf + inner) for name in names}


@pytest.fixture(scope="module")
def dice():
    return random.Random(20)


def test_ids_are_written_alike_and_read_back(dice):
    sets = [sorted(dice.sample(range(1, 60), dice.randint(0, 40))) for _ in range(200)]
    written = _in_browser_code({"writeIds": sets})["writeIds"]
    assert written == [write_ids(ids) for ids in sets]
    assert [list(read_ids(text)) for text in written] == sets


def test_deltas_are_applied_alike(dice):
    pairs = [(_document(dice, 3), _document(dice, 3)) for _ in range(200)]
    cases = [[before, difference(before, after)] for before, after in pairs]
    assert _in_browser_code({"applied": cases})["applied"] == [after for _, after in pairs]
    assert [applied(before, delta) for before, delta in cases] == [after for _, after in pairs]


def test_durations_read_alike(dice):
    seconds = [
        None,
        -1.0,
        0.0,
        9.94,
        12.5,
        59.5,
        60.0,
        3_600.0,
        86_400.0,
        *(dice.uniform(0, 3e5) for _ in range(300)),
    ]
    assert _in_browser_code({"duration": seconds})["duration"] == [duration(one) for one in seconds]

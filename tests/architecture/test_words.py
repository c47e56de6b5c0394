"""Counts, near matches and lists are worded in `core.presentation` alone; traits of parameters are typed."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_UNWANTED = {
    "a pluraliser": re.compile(r"""(["'])(\w+)\1 if [^{}\n]*? == 1 else (["'])\2e?s\3|1 \w+["'] if """),
    "a near match": re.compile(r"get_close_matches"),
    "an untyped trait of a parameter": re.compile(r"""["']x-[a-z]+"""),
    "a shortened list": re.compile(r" and \{len\(\w+\) - \w+(:,)?\} more\" if len"),
}


def test_each_wording_has_one_place() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {what}"
        for package in ("core", "dashboard", "workers")
        for path in (ROOT / package).rglob("*.py")
        if "presentation" not in path.parts
        for what, pattern in _UNWANTED.items()
        if pattern.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []

"""Ids inside JSON, addresses and recipes become those of another database."""

from __future__ import annotations

from typing import Any

import pytest

from core.persistence.project_rows.identifiers import Identifiers

KNOWN = Identifiers(
    ids={"models": {1: 101, 2: 102, 3: 103}, "datasets": {7: 70}, "instance_groups": {5: 50}},
    marks={"dark (3) 0a1b2c3d": "dark (3) ffffffff"},
    model_parameters={"distill": "teacher"},
)
STEP = {"technique": "distill", "parameters": {"teacher": 2, "epochs": 2}}
CASES: dict[str, tuple[str, str, Any, Any]] = {
    "protocol": (
        "projects",
        "protocol",
        {"quality": {"dataset_id": 7, "group": "dark (3) 0a1b2c3d"}, "efficiency": None},
        {"quality": {"dataset_id": 70, "group": "dark (3) ffffffff"}, "efficiency": None},
    ),
    "variant": (
        "projects",
        "variants",
        [{"metric": "top1", "parts": {"data": "7", "split": "train"}}],
        [{"metric": "top1", "parts": {"data": "70", "split": "train"}}],
    ),
    "budget": (
        "projects",
        "budgets",
        {"top1@data=7,split=train": 0.9, "top1": 0.8},
        {"top1@data=70,split=train": 0.9, "top1": 0.8},
    ),
    "step": ("models", "step", STEP, {**STEP, "parameters": {"teacher": 102, "epochs": 2}}),
    "other step": ("models", "step", {**STEP, "technique": "x"}, {**STEP, "technique": "x"}),
    "payload": (
        "runs",
        "payload",
        {"dataset_id": 7, "baseline_id": 1, "group_id": 5, "epochs": 1},
        {"dataset_id": 70, "baseline_id": 101, "group_id": 50, "epochs": 1},
    ),
    "view": (
        "saved_views",
        "query",
        "selected=1-3.9&baseline=2&sort=-3&x=top1%40data%3D7&page=2",
        "selected=101.102.103&baseline=102&sort=-103&x=top1%40data%3D70&page=2",
    ),
    "recipe": (
        "saved_recipes",
        "content",
        "recipes:\n- - technique: distill\n    parameters:\n      teacher: 2\n      epochs: 2\n",
        "recipes:\n- - technique: distill\n    parameters:\n      teacher: 102\n      epochs: 2\n",
    ),
    "recipe with several": (
        "saved_recipes",
        "content",
        "      teacher:\n      - '1'\n      - parent\n      epochs: 2\n",
        "      teacher:\n      - '101'\n      - parent\n      epochs: 2\n",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_ids_become_those_of_another_database(case: str) -> None:
    table, column, old, new = CASES[case]
    assert KNOWN.in_json(table, column, old) == new


def test_a_baseline_that_was_not_carried_is_none() -> None:
    assert KNOWN.models_array("baseline", [2, 9]) == [102, 0]
    assert KNOWN.models_array("sqnr_db", [2]) is None

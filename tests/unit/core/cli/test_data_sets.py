"""`data` lists, adds, renames and removes the data sets of a project."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from core.testing.laboratory import Laboratory

Command = Callable[..., Any]


def names(command: Command) -> list[tuple[str, bool]]:
    listed = json.loads(command("data", "list", "digits", "--json").out)
    return [(row["name"], row["protocol"]) for row in listed]


def test_data_sets_are_added_renamed_and_removed(command: Command, laboratory: Laboratory) -> None:
    laboratory.project()
    assert command("data", "add", "digits", "streets", "digits").out == "Added the data set streets.\n"
    assert names(command) == [("digits", True), ("streets", False)]
    assert command("data", "rename", "digits", "streets", "roads").code == 0
    assert names(command) == [("digits", True), ("roads", False)]
    refused = command("data", "remove", "digits", "digits")
    assert refused.code != 0
    assert "The protocol names the data set digits." in refused.err
    assert command("data", "remove", "digits", "roads").code == 0
    assert names(command) == [("digits", True)]


def test_parameters_need_names(command: Command, laboratory: Laboratory) -> None:
    laboratory.project()
    said = command("data", "add", "digits", "a", "digits", "--parameters", "[1]")
    assert said.code != 0
    assert "'[1]' has no named values." in said.err
    assert "There is no data set named 'b'" in command("data", "remove", "digits", "b").err

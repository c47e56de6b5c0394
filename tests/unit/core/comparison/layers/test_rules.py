"""Rows as layer rules: they find these modules and no others."""

from __future__ import annotations

import re

from core.comparison.layers.rules import patterns


def test_rows_stand_for_their_modules_and_what_is_inside():
    rows = ["layer1", "layer1.0.conv.weight", "layer2.0.conv.weight", "relu (call 2)"]
    found = patterns(rows, tensors={"layer1.0.conv.weight", "layer2.0.conv.weight"})
    assert found == (r"^layer1(\.|$)", r"^layer2\.0\.conv(\.|$)", r"^relu(\.|$)")
    modules = ["layer1.0.conv", "layer10.0", "layer2.0.conv", "layer2.0.conv2", "relu", "body.relu"]
    touched = [name for name in modules if any(re.search(each, name) for each in found)]
    assert touched == ["layer1.0.conv", "layer2.0.conv", "relu"]

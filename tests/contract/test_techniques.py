"""What every technique promises, checked for each one that is registered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pytest

from core.compression.base import techniques
from core.testing.contracts.technique_contract import TechniqueContract, discover_plugins

discover_plugins()
OWN = [name for name, technique in techniques if type(technique).__module__.startswith("core.")]


@pytest.mark.parametrize("name", OWN)
class TestEveryTechnique(TechniqueContract):
    suited: ClassVar[Mapping[str, str]] = {
        "channel-pruning": "residual-cnn",
        "head-pruning": "tiny-transformer",
        "ffn-pruning": "tiny-transformer",
        "distillation": "tiny-transformer",
    }
    cannot_follow: ClassVar[Mapping[tuple[str, str], str]] = {
        ("head-pruning", "low-rank"): "There are no",
        ("ffn-pruning", "low-rank"): "There are no",
        ("restore-layers", "low-rank"): "another shape",
        ("restore-layers", "channel-pruning"): "another shape",
    }

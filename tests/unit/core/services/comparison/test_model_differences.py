"""The difference of two models as of two texts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.recipe import SweepStep
from core.errors import NotFound
from core.services.comparison.model_differences import model_difference
from core.services.models.models import list_models
from core.testing.fakes import open_migrated
from core.testing.laboratory import Laboratory


@pytest.fixture
def laboratory(tmp_path: Path) -> Iterator[Laboratory]:
    app = open_migrated(f"sqlite:///{tmp_path / 'product.db'}", tmp_path)
    connected = Laboratory(app)
    connected.open()
    yield connected
    app.close()


def test_two_models_differ_in_what_was_done_and_what_with(laboratory: Laboratory) -> None:
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.sweep(project, base.id, ((SweepStep("prune", {"sparsity": (0.5, 0.7)}),),))
    laboratory.play()
    _, half, most = list_models(laboratory.app, project.id)
    lines = model_difference(laboratory.app, half.id, most.id)
    assert lines[:2] == [f"--- {half.name} ({half.id})", f"+++ {most.name} ({most.id})"]
    changed = [line.strip("+- ") for line in lines[2:] if line[0] in "+-"]
    assert changed == ["sparsity: 0.5", "sparsity: 0.7"]
    assert model_difference(laboratory.app, half.id, half.id) == []
    from_base = model_difference(laboratory.app, base.id, half.id)
    assert any("technique: prune" in line for line in from_base)
    with pytest.raises(NotFound, match="no model with id 99"):
        model_difference(laboratory.app, half.id, type(half.id)(99))

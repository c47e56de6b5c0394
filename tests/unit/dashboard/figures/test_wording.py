"""What a base model is made of, in words: an uploaded file is told by its name, not by a hash."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.model import Model, Source
from core.testing.fakes import open_migrated
from core.testing.laboratory import Laboratory
from dashboard.figures.wording import parameter_lines


@pytest.fixture
def base(tmp_path) -> Model:
    app = open_migrated(f"sqlite:///{tmp_path / 'test.db'}", tmp_path)
    laboratory = Laboratory(app)
    laboratory.open()
    base = laboratory.base(laboratory.project())
    app.close()
    return base


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (f"uploaded:{'ab' * 32}/mine.safetensors", "mine.safetensors (uploaded)"),
        ("/models/mine.pt", "/models/mine.pt"),
        ("uploaded:nonsense", "uploaded:nonsense"),
    ],
    ids=["upload", "path", "no reference"],
)
def test_a_weights_file_is_told_by_its_name(base: Model, value: str, said: str) -> None:
    model = replace(base, source=Source("torchvision", {"weights_file": value}))
    assert parameter_lines(model, {}) == [("weights file", said)]


def test_a_base_shows_no_values_that_stand_for_nothing_chosen(base: Model) -> None:
    values = {"model": "org/net", "classes": 0, "averaged": False, "options": "{}", "config": "", "width": 8}
    model = replace(base, source=Source("huggingface", values))
    assert parameter_lines(model, {}) == [("model", "org/net"), ("width", "8")]

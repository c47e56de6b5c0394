"""Presets name steps and values that this version has, and are offered as far as they suit."""

import pytest

from core.domain.model import Model
from core.domain.parameters import completed_step
from core.services.application import Application
from core.services.recipes.presets import PRESETS, Preset, offers
from core.services.workers.built_in import built_in


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_every_step_is_one_of_this_version(preset: Preset) -> None:
    catalogue = built_in()
    for recipe in preset.recipes:
        for step in recipe:
            _, problems = completed_step(step, catalogue.technique(step.technique), field="step")
            assert problems == []


def test_what_nobody_offers_is_left_out_with_the_reason(app: Application, base: Model) -> None:
    (first, *_) = offers(app, base.project_id, [base.id])
    assert first.preset.name == "first-look"
    assert first.recipes == ()
    assert first.left_out[0] == "No worker offers weight-only-quantization."

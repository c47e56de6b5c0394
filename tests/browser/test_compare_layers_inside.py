"""Inside a module: its channels are gathered from the Layers tab, and drawn with those that are zero."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.domain.ids import ModelId
from core.domain.measurement.evaluation import Arrays, LayerKind
from core.domain.queue.run import RunKind
from core.domain.recipe import SweepStep
from core.testing.laboratory import Laboratory
from core.testing.projects.planted_layers import plant_weights, pruned
from tests.browser.conftest import served

CHANNELS = 16


def inside() -> Arrays:
    """Sixteen output channels of one layer, of which three are all zero and one is far larger."""
    before = np.linspace(0.5, 1.5, CHANNELS, dtype=np.float32)
    norm = np.where(np.arange(CHANNELS) < 3, 0, before).astype(np.float32)
    picture = np.ones((CHANNELS, 9), np.float16)
    return {
        "parameter": np.array(["stem.weight"]),
        "start": np.array([0, CHANNELS]),
        "norm": norm,
        "norm_before": before,
        "norm_change": before - norm,
        "scale": np.full(CHANNELS, np.nan, np.float32),
        "outlier": np.arange(CHANNELS) == 9,
        "picture.0": picture,
        "change.0": picture,
        "range_module": np.array(["stem"]),
        "range_start": np.array([0, CHANNELS]),
        "range_low": -norm,
        "range_high": norm,
        "range_low_before": -before,
        "range_high_before": before,
    }


@pytest.fixture
def address(laboratory: Laboratory) -> Iterator[str]:
    """Where two pruned models are compared, whose channels are known of the first alone."""
    app, project = laboratory.app, laboratory.project()
    base = laboratory.base(project)
    laboratory.play()
    laboratory.sweep(project, base.id, ((SweepStep("prune", {"sparsity": (0.5, 0.7)}),),))
    laboratory.play()
    changes = [(pruned(0.5), 32), (pruned(0.7), 32)]
    plant_weights(app, [base.id, ModelId(2), ModelId(3)], ["stem.weight", "head.weight"], changes)
    with app.unit_of_work(writing=True) as uow:
        uow.layer_pairs.put(ModelId(2), base.id, kind=LayerKind.CHANNELS, arrays=inside())
        uow.projects.touch(project.id)
        uow.commit()
    with served(laboratory) as url:
        yield f"{url}/p/{project.slug}/compare?selected=2-3&baseline=1&tab=layers&module=stem"


def test_channels_are_drawn_and_gathered(page: Page, address: str, laboratory: Laboratory) -> None:
    page.goto(address)
    expect(page.get_by_role("heading", name="Inside stem")).to_be_visible()
    told = "16 output channels, 3 all zero (orange, below), 1 outlier (red, above). Grey: baseline."
    expect(page.get_by_text(told)).to_be_visible()
    drawn = page.get_by_role("img", name="stem.weight: L2 norm per output channel").evaluate(
        "c => { const at = (x, y) => Array.from(c.getContext('2d').getImageData("
        "x * c.width, y * c.height, 1, 1).data); return [at(0.03, 0.985), at(0.97, 0.5), at(0.03, 0.3)]; }"
    )
    assert drawn[0][0] > 200  # orange below the first channel, which is all zero
    assert drawn[0][2] < 100
    assert drawn[1][3] == 255  # the last channel reaches above the middle
    assert drawn[2][3] == 0  # nothing is as high as that over the first one
    page.get_by_role("button", name="Gather its channels").click()
    expect(page.get_by_text("A run that gathers its channels is under way.")).to_be_visible()
    with laboratory.app.unit_of_work() as uow:
        (run,) = [one for one in uow.runs.of_models([ModelId(3)]) if one.kind is RunKind.LAYER_PAIR]
    assert (run.payload["kinds"], run.payload["baseline_id"]) == (["channels"], 1)


def test_why_it_is_not_smaller_is_read_when_it_is_opened(page: Page, address: str) -> None:
    page.goto(address.replace("&module=stem", "&layers=storage"))
    section = page.locator(".layers-spent details").first
    expect(section).to_be_visible()
    expect(section.locator("p")).to_have_count(0)
    section.get_by_text("Why is it not smaller?").click()
    expect(section.get_by_text("The bytes of the model's file are not known yet").first).to_be_visible()

"""What a person sees while the Overview loads: outlines in the right places, then the map, then the rest."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, Route, expect

from core.testing.browser.seen import ink, nodes_in_map, points_in_plot, wait_until_drawn

MAP_READY = "() => Boolean(window.cnc?.map?.state.painted)"
CARDS = (".ov-map", ".ov-scatter", ".ov-selection")
DEFAULT_AXES = "() => document.querySelectorAll('#overview-scatter .xtick, #overview-scatter .ytick').length"


@contextmanager
def held(page: Page, pattern: str, wanted: str = "") -> Iterator[None]:
    """Hold back requests (with `wanted` in their body) while the block lasts."""
    waiting: list[Route] = []
    free = threading.Event()

    def hold(route: Route) -> None:
        if free.is_set() or wanted not in (route.request.post_data or ""):
            route.fallback()
        else:
            waiting.append(route)

    page.route(pattern, hold)
    yield
    free.set()
    for route in waiting:
        route.fallback()


def places(page: Page) -> list[dict[str, float] | None]:
    return [page.locator(card).bounding_box() for card in CARDS]


def test_the_map_is_painted_before_the_plots_library_has_come(page: Page, example_address: str) -> None:
    with held(page, "**/plotly.v*.min.js"):
        page.goto(f"{example_address}/p/digits/overview")
        page.wait_for_function(MAP_READY)
        assert len(nodes_in_map(page)) == 29
        assert ink(page.locator(".ov-canvas")) > 0.01
        assert page.evaluate(DEFAULT_AXES) == 0  # an outline, not an empty plot
        assert ink(page.locator("#overview-scatter")) > 0.005
        expect(page.locator("#overview-count")).to_have_text("29 models")
    wait_until_drawn(page)
    assert len(points_in_plot(page)) == 29


def test_nothing_jumps_when_the_content_comes(page: Page, example_address: str) -> None:
    with held(page, "**/_dash-update-component*", "overview-root"):
        page.goto(f"{example_address}/p/digits/overview")
        expect(page.locator(".ov-map")).to_be_visible()
        outlined = places(page)
        assert all(ink(page.locator(card)) > 0.002 for card in CARDS)
    wait_until_drawn(page)
    for before, after in zip(outlined, places(page), strict=True):
        assert before is not None
        assert after is not None
        assert all(abs(before[side] - after[side]) <= 2 for side in before), (before, after)


def test_there_are_outlines_before_dash_has_started(page: Page, example_address: str) -> None:
    with held(page, "**/_dash-layout"):
        page.goto(f"{example_address}/p/digits/overview", wait_until="domcontentloaded")
        expect(page.locator(".shell-boot")).to_be_visible()
        expect(page.locator(".shell-boot .shell-title")).to_have_text("Compress and Compare")
        assert ink(page.locator("body")) > 0.1
    wait_until_drawn(page)
    expect(page.locator(".shell-boot")).to_be_hidden()

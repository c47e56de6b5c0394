"""Parameters as axes, sizes and colours, and kinds of models as colours."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

READY = "() => window.cnc?.map?.state.scene && document.querySelector('.scatterlayer .point')"


def visit(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_function(READY)


def choose(page: Page, control: str, name: str) -> None:
    page.click(f"#overview-{control}")
    page.get_by_role("option", name=name, exact=True).click()


def drawn(page: Page) -> list[list[float]]:
    """Return x and y of each point of the scatterplot."""
    return page.evaluate(
        """() => {
            const gd = document.querySelector('#overview-scatter .js-plotly-plot');
            const trace = gd.data.find(one => one.customdata);
            return Array.from(trace.x).map((x, index) => [x, trace.y[index]]);
        }"""
    )


def test_a_parameter_is_an_axis_and_a_colour(page: Page, example_address: str) -> None:
    visit(page, f"{example_address}/p/digits/overview")
    choose(page, "x", "Sparsity (Magnitude pruning)")
    expect(page.locator("#overview-scatter .xtitle")).to_contain_text("Sparsity")
    expect(page.locator("#overview-scatter-note")).to_contain_text("4 models without these metrics")
    assert {x for x, _ in drawn(page)} == {0.3, 0.5, 0.7, 0.8, 0.9}
    choose(page, "colour", "Bits (Weight-only quantization)")
    expect(page.locator("#overview-map-legend")).to_contain_text("Bits (Weight-only quantization)2 bit")
    expect(page).to_have_url(re.compile("colour=parameter%3Aquantize%3Abits.*x=parameter%3Aprune%3Asparsity"))
    page.reload()
    expect(page.locator("#overview-map-legend")).to_contain_text("8 bit")


def test_models_are_coloured_by_operation(page: Page, example_address: str) -> None:
    visit(page, f"{example_address}/p/digits/overview")
    choose(page, "colour", "Operation")
    kinds = page.locator(".ov-legend-kind")
    expect(kinds).to_have_count(4)
    shown = {
        kinds.nth(index).inner_text(): kinds.nth(index)
        .locator("i")
        .evaluate("dot => getComputedStyle(dot).backgroundColor")
        for index in range(4)
    }
    assert len(set(shown.values())) == 4
    fills = page.evaluate(
        "() => cnc.map.state.cy.nodes().filter(node => node.id() > 0).map(node => node.data('fill'))"
    )
    assert len(set(fills)) == 4

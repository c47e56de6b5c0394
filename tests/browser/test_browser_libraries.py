"""What `assets/libraries.js` uses of other libraries without their documenting it is still there."""

from __future__ import annotations

from playwright.sync_api import Page, expect

READY = "() => window.cnc?.map?.state.shown && document.querySelector('.scatterlayer .point')"


def test_what_libraries_do_not_document_is_where_it_was(page: Page, example_address: str):
    page.goto(f"{example_address}/p/digits/overview?tab=table")
    page.wait_for_function(READY)
    found = page.evaluate(
        """() => {
          const plot = cnc.scatterFrame.graph();
          const frame = cnc.libraries.plotFrame(plot);
          const box = plot.querySelector('.nsewdrag').getBoundingClientRect();
          const at = plot.getBoundingClientRect();
          const layers = cnc.libraries.pointLayers(plot, 'points');
          return {
            nodes: cnc.libraries.cytoscape('overview-map').nodes().length,
            frame: [frame.inner.left, frame.inner.top, frame.inner.width, frame.inner.height].map(Math.round),
            seen: [box.left - at.left, box.top - at.top, box.width, box.height].map(Math.round),
            points: layers[0].querySelectorAll('.point').length,
            drawn: plot.querySelectorAll('.scatterlayer .point').length,
            stretches: frame.xaxis.range.length,
          };
        }"""
    )
    assert found["nodes"] > 20
    assert found["frame"] == found["seen"], "Plotly keeps the place of its axes elsewhere"
    assert 20 < found["points"] <= found["drawn"], "Plotly names the groups of its traces otherwise"
    assert found["stretches"] == 2
    assert page.evaluate("() => cnc.libraries.isKnown('no-such-component')") is False
    assert page.evaluate("() => cnc.libraries.isKnown('overview-selection')") is True
    expect(page.locator("#overview-grid .ag-row").first).to_be_visible()
    assert page.evaluate("() => cnc.libraries.grid('overview-grid').getDisplayedRowCount()") > 20
    assert page.evaluate("() => cnc.libraries.grid('no-such-grid')") is None


def test_the_page_opens_without_a_word_in_the_console(page: Page, example_address: str):
    told: list[str] = []
    page.on(
        "console", lambda message: told.append(message.text) if message.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: told.append(str(error)))
    page.goto(f"{example_address}/p/digits/overview")
    page.wait_for_function(READY)
    assert told == []

"""The Overview's address: short for ordinary selections, never too long for a server, and true."""

from __future__ import annotations

from playwright.sync_api import Page

SELECTED = "() => window.cnc?.selection ? cnc.selection.selected().size : 0"
READY = "() => Boolean(window.cnc?.map?.state.scene && cnc.map.state.shown)"
SCATTERED = "() => cnc.selection.set(Array.from({ length: 2000 }, (_, at) => String(2 * at + 1)), '')"
# Of the 2,000 numbers, 250 are of models that exist; the others leave the selection once the map is drawn.
EXISTING = "() => cnc.map?.state.scene?.nodes.filter(node => cnc.selection.selected().has(node.id)).length"
LONGEST = 7_500


def opened(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_function(READY)


def test_a_large_selection_makes_a_short_address_that_shows_it_again(page: Page, large_address: str) -> None:
    opened(page, f"{large_address}/p/digits/overview")
    page.evaluate("() => cnc.selection.set(cnc.map.state.scene.nodes.map(node => node.id), '')")
    page.wait_for_function("() => location.search.includes('selected=')")
    count = page.evaluate(SELECTED)
    assert count == 500
    assert page.evaluate("() => location.href.length") < 400
    page.reload()
    page.wait_for_function(f"() => ({SELECTED})() === {count}")


def test_what_no_server_would_read_stays_in_the_browser_and_counts_all_the_same(
    page: Page, large_address: str
) -> None:
    opened(page, f"{large_address}/p/digits/overview?tab=table")
    page.evaluate(SCATTERED)
    page.wait_for_function("() => location.hash.startsWith('#selected=')")
    assert page.evaluate("() => location.pathname.length + location.search.length") < LONGEST
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.reload()
    page.wait_for_function(f"() => window.cnc && ({EXISTING})() === 250")
    assert max(len(url.partition("#")[0]) for url in sent) < LONGEST
    assert "tab=table" in page.evaluate("() => location.search")
    page.evaluate("() => cnc.selection.set(['1'], '')")
    page.wait_for_function("() => location.hash === '' && location.search.endsWith('selected=1')")


def test_another_selection_behind_the_hash_is_another_view(page: Page, large_address: str) -> None:
    opened(page, f"{large_address}/p/digits/overview")
    page.evaluate(SCATTERED)
    page.wait_for_function("() => location.hash.startsWith('#selected=')")
    page.evaluate("() => { location.hash = 'selected=3-6' }")
    page.wait_for_function(f"() => ({SELECTED})() === 4")

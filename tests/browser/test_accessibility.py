"""No page, in any state, light or dark, breaks a rule in a way that axe-core calls serious."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from core.testing.browser import chromium
from core.testing.browser.seen import wait_until_drawn

RULES = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
}
COLOURS = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": ["color-contrast"]}}
GRAVE = {"serious", "critical"}
CALM = "*, *::before, *::after { transition: none !important; animation: none !important; }"

State = Callable[[Page, str], None]
STATES: dict[str, State] = {}


def state(made: State) -> State:
    """Add a function that brings a page, given the address of the installation, into a state."""
    STATES[made.__name__] = made
    return made


def overview(page: Page, address: str, query: str = "", project: str = "digits") -> None:
    page.goto(f"{address}/p/{project}/overview{query}")
    wait_until_drawn(page)


def drawer(page: Page, address: str) -> None:
    page.goto(f"{address}/p/digits/queue")
    page.get_by_role("button", name="+ New experiment").click()
    expect(page.get_by_text("Recipe 1", exact=True)).to_be_visible()


def models(page: Page, address: str, query: str = "") -> None:
    page.goto(f"{address}/p/digits/models{query}")


def with_two_ticked(page: Page, address: str) -> None:
    models(page, address)
    for number in (3, 4):
        page.locator(f".ag-pinned-left-cols-container [row-id='{number}'] input[type=checkbox]").check()


@state
def overview_of_the_example(page: Page, address: str) -> None:
    overview(page, address)


@state
def overview_without_models(page: Page, address: str) -> None:
    page.goto(f"{address}/p/empty/overview")
    expect(page.locator("#overview-map-empty")).not_to_be_empty()


@state
def overview_while_work_goes_on(page: Page, address: str) -> None:
    overview(page, address, project="busy")


@state
def overview_of_an_imported_study(page: Page, address: str) -> None:
    overview(page, address, "?selected=32", project="study")


@state
def overview_with_one_selected(page: Page, address: str) -> None:
    overview(page, address, "?selected=5")
    expect(page.locator("#overview-details h2")).to_be_visible()


@state
def overview_with_a_failed_one_selected(page: Page, address: str) -> None:
    overview(page, address, project="busy")
    page.evaluate("() => cnc.selection.set([cnc.map.state.scene.nodes.at(-1).id], '')")
    expect(page.locator("#overview-details h2")).to_be_visible()


@state
def overview_with_several_selected(page: Page, address: str) -> None:
    overview(page, address, "?selected=5.6.10.11")
    expect(page.locator("#overview-details .ov-dot").first).to_be_visible()


@state
def overview_with_filters_open(page: Page, address: str) -> None:
    overview(page, address, "?tab=filter&filter=operation%3Dprune;metric:top1%3D0.9")
    expect(page.locator("#overview-filter-editors")).not_to_be_empty()


@state
def overview_with_its_table(page: Page, address: str) -> None:
    overview(page, address, "?tab=table&selected=5.6")
    expect(page.locator("#overview-grid .ag-row").first).to_be_visible()


@state
def overview_with_parallel_axes(page: Page, address: str) -> None:
    overview(page, address, "?plot=parallel")


@state
def overview_with_saved_views_open(page: Page, address: str) -> None:
    overview(page, address)
    page.click("#overview-views")
    expect(page.locator("#overview-view-name")).to_be_visible()


@state
def overview_while_searching(page: Page, address: str) -> None:
    overview(page, address)
    page.locator("#overview-search-box input").fill("prun")
    expect(page.get_by_role("option").first).to_be_visible()


@state
def queue_of_all_projects(page: Page, address: str) -> None:
    page.goto(f"{address}/queue")
    expect(page.locator(".run-status").first).to_be_visible()


@state
def queue_with_the_panel_of_a_failed_run(page: Page, address: str) -> None:
    page.goto(f"{address}/queue?status=failed")
    page.locator(".ag-center-cols-container .ag-row [col-id=model]").first.click()
    page.locator("#queue-panel").get_by_text("Traceback", exact=True).click()


@state
def queue_with_the_log_of_a_running_run(page: Page, address: str) -> None:
    page.goto(f"{address}/queue?status=running")
    page.locator(".ag-center-cols-container .ag-row [col-id=model]").first.click()
    expect(page.locator("#queue-log")).to_contain_text("epoch 1")


@state
def queue_with_its_menu_open(page: Page, address: str) -> None:
    page.goto(f"{address}/queue?status=queued,waiting")
    page.locator(".ag-pinned-left-cols-container input[type=checkbox]").first.check()
    page.get_by_role("button", name="Priority").click()
    expect(page.get_by_role("menuitem", name="First")).to_be_visible()


@state
def queue_asking_before_it_cancels(page: Page, address: str) -> None:
    page.goto(f"{address}/queue?status=waiting")
    for place in (0, 1):
        page.locator(".ag-pinned-left-cols-container input[type=checkbox]").nth(place).check()
    page.get_by_role("button", name="Cancel 2").click()
    expect(page.get_by_role("dialog")).to_be_visible()


@state
def queue_where_nothing_matches(page: Page, address: str) -> None:
    page.goto(f"{address}/queue?status=lost")
    expect(page.locator("#queue-nothing .empty-state")).to_be_visible()


@state
def new_experiment_untouched(page: Page, address: str) -> None:
    drawer(page, address)


@state
def new_experiment_with_a_recipe(page: Page, address: str) -> None:
    drawer(page, address)
    page.get_by_role("textbox", name="Technique of step 1").click()
    page.get_by_role("option", name="Magnitude pruning").last.click()
    page.get_by_label("Sparsity").fill("0.15, 0.25")
    page.get_by_text("Layer rules").click()
    expect(page.locator(".plan-verdict")).to_have_text("Makes 2 new models in 6 runs.")


@state
def new_experiment_with_errors(page: Page, address: str) -> None:
    drawer(page, address)
    page.get_by_role("textbox", name="Technique of step 1").click()
    page.get_by_role("option", name="Magnitude pruning").last.click()
    page.get_by_label("Sparsity").fill("7")
    page.get_by_label("Seeds").fill("one")
    expect(page.get_by_text("'one' is not a number")).to_be_visible()


@state
def new_experiment_with_a_list_open(page: Page, address: str) -> None:
    drawer(page, address)
    page.get_by_role("textbox", name="Technique of step 1").click()
    expect(page.get_by_role("option", name="Fine-tune").last).to_be_visible()


@state
def list_of_models(page: Page, address: str) -> None:
    models(page, address)
    expect(page.locator("#models-count")).to_have_text("29 models")


@state
def metrics_of_a_project(page: Page, address: str) -> None:
    models(page, address, "?tab=metrics")
    page.get_by_label("Budget of Loss").fill("much")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("'much' is not a number")).to_be_visible()


@state
def metrics_that_were_guessed(page: Page, address: str) -> None:
    page.goto(f"{address}/p/study/models?tab=metrics")
    expect(page.get_by_text("guessed", exact=True).first).to_be_visible()


@state
def ways_to_add(page: Page, address: str) -> None:
    models(page, address, "?tab=add")
    page.get_by_role("button", name="Create the project").click()
    page.get_by_role("button", name="Queue it").click()
    expect(page.get_by_text("Choose a file")).to_be_visible()


@state
def study_that_is_refused(page: Page, address: str) -> None:
    models(page, address, "?tab=add")
    study = json.dumps({"models": [{"id": "b", "base": "nowhere", "operation": None, "metrics": {}}]})
    content = {"name": "s.json", "mimeType": "application/json", "buffer": study.encode()}
    page.locator("#models-upload input[type=file]").set_input_files(content)
    expect(page.get_by_text("cannot be imported")).to_be_visible()


@state
def tags_of_models(page: Page, address: str) -> None:
    with_two_ticked(page, address)
    page.get_by_role("button", name="Tags").click()
    expect(page.get_by_role("dialog", name="Tags of 2 models")).to_be_visible()


@state
def question_before_deleting(page: Page, address: str) -> None:
    with_two_ticked(page, address)
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog", name="Delete these models?")).to_be_visible()


@state
def notification_with_undo(page: Page, address: str) -> None:
    page.goto(f"{address}/p/study/models")
    page.locator(".ag-pinned-left-cols-container input[type=checkbox]").first.check()
    page.get_by_role("button", name="Archive").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()


@state
def choice_of_a_project(page: Page, address: str) -> None:
    page.goto(f"{address}/queue")
    page.get_by_role("button", name="Choose a project").click()
    expect(page.get_by_role("menuitem").first).to_be_visible()


@state
def page_that_does_not_exist(page: Page, address: str) -> None:
    page.goto(f"{address}/nowhere")
    expect(page.get_by_text("There is no such page")).to_be_visible()


@pytest.fixture(scope="module")
def one_page(browser: Browser) -> Iterator[Page]:
    """A page for all states, so that scripts are fetched once."""
    with chromium.profile(browser) as profile:
        yield profile.new_page()


@pytest.mark.parametrize("name", STATES)
def test_nothing_serious_is_wrong(one_page: Page, lively_address: str, name: str) -> None:
    one_page.goto(f"{lively_address}/healthz")
    one_page.evaluate("() => localStorage.setItem('scheme', JSON.stringify('light'))")
    STATES[name](one_page, lively_address)
    one_page.add_style_tag(content=CALM)
    found = grave(one_page, RULES)
    one_page.evaluate("() => document.getElementById('scheme-toggle').click()")
    expect(one_page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    one_page.wait_for_timeout(100)  # the map and the plots are drawn anew
    found += [f"in the dark: {each}" for each in grave(one_page, COLOURS)]
    assert not found, "\n".join(found)


def test_an_installation_without_projects_is_fine_too(page: Page, address: str) -> None:
    pages = {"/": "No project yet", "/models": "There is no project yet", "/queue": "Nothing is"}
    for path, text in pages.items():
        page.goto(address + path)
        expect(page.get_by_text(text).first).to_be_visible()
        assert not grave(page, RULES)


def grave(page: Page, options: dict[str, object]) -> list[str]:
    """Return a line per element that breaks a rule seriously: rule, element, and what is wrong."""
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:160]} {node['failureSummary']}"
        for rule in found
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]

"""The Queue page in a browser: live lines, filters, panel, cancel and retry."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from core.domain.ids import RunId
from core.domain.queue.run import Run, RunError, RunStatus
from core.domain.recipe import SweepStep
from core.services.queue import run_lifecycle, runs
from core.services.workers.workers import stop
from core.testing.laboratory import WORKER, Laboratory

AT_END = """() => {
  const log = document.getElementById('queue-log');
  return log.scrollTop > 0 && log.scrollHeight - log.scrollTop - log.clientHeight < 30;
}"""

LATE_LINE = """async (like) => {
  const api = await window.dash_ag_grid.getApiAsync('queue-grid');
  const row = { ...api.getRowNode(like).data, id: '9999', status: 'running', status_label: 'Running' };
  window.dash_clientside.queue.change({ upsert: [row], remove: [] });
}"""


@pytest.fixture
def queued(laboratory: Laboratory) -> Laboratory:
    """A project with 29 models to make: 87 runs, of which one could start."""
    project = laboratory.project()
    laboratory.sweep(project, laboratory.base(project).id)
    return laboratory


def line(page: Page, run: int) -> Locator:
    return page.locator(f".ag-center-cols-container [row-id='{run}']")


def state(page: Page, run: int) -> Locator:
    return page.locator(f".ag-pinned-left-cols-container [row-id='{run}'] .run-status")


def failed(laboratory: Laboratory) -> Run:
    run = laboratory.claim()
    assert run is not None
    error = RunError("boom", "The disk is full.", "Free some space.", "Traceback: line 1 <b>")
    run_lifecycle.fail(laboratory.app, run.id, run.attempt, error)
    return run


def test_an_empty_queue_says_what_to_do_until_there_is_a_run(
    page: Page, address: str, laboratory: Laboratory
) -> None:
    page.goto(f"{address}/queue")
    nothing = page.locator("#queue-nothing")
    expect(nothing).to_contain_text("No run yet")
    expect(page.locator(".queue-page")).not_to_contain_text("filters")
    expect(nothing.get_by_text("Create or import a project")).to_be_in_viewport(ratio=1)
    laboratory.base(laboratory.project())
    expect(state(page, 1)).to_have_text("Queued")
    expect(nothing).to_be_empty()
    page.get_by_text("Failed", exact=False).first.click()
    expect(nothing).to_contain_text("No run matches")


def test_lines_change_without_reload_and_keep_what_is_ticked(
    page: Page, address: str, queued: Laboratory
) -> None:
    page.goto(f"{address}/queue")
    expect(state(page, 1)).to_have_text("Queued")
    expect(line(page, 1)).to_contain_text("waits for a free worker")
    page.locator("[row-id='2'] input[type=checkbox]").check()
    run = queued.claim()
    assert run is not None
    run_lifecycle.report_progress(queued.app, run.id, run.attempt, 0.5, "epoch 2 of 4")
    expect(state(page, 1)).to_have_text("Running")
    expect(line(page, 1)).to_contain_text("50 %")
    run_lifecycle.succeed(queued.app, run.id, run.attempt, queued.results(run))
    expect(page.locator("#queue-summary")).to_contain_text("86 runs to go")
    expect(page.locator("[row-id='2'] input[type=checkbox]")).to_be_checked()


def test_filters_live_in_the_address(page: Page, address: str, queued: Laboratory) -> None:
    queued.play(6)
    page.goto(f"{address}/queue")
    page.get_by_text("Succeeded", exact=False).first.click()
    page.get_by_role("textbox", name="Search", exact=True).fill("evaluate")
    expect(page.locator(".ag-center-cols-container .ag-row")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"status=succeeded&text=evaluate"))
    page.reload()
    expect(page.locator(".ag-center-cols-container .ag-row")).to_have_count(1)
    expect(page.get_by_role("textbox", name="Search", exact=True)).to_have_value("evaluate")


def test_a_run_that_no_longer_matches_leaves_the_list(page: Page, address: str, queued: Laboratory) -> None:
    page.goto(f"{address}/queue?status=queued")
    expect(state(page, 1)).to_have_text("Queued")
    queued.claim()
    expect(state(page, 1)).to_have_count(0)


def test_the_panel_shows_error_and_traceback(page: Page, address: str, queued: Laboratory) -> None:
    run = failed(queued)
    page.goto(f"{address}/queue?run={run.id}")
    panel = page.locator("#queue-panel")
    expect(panel).to_contain_text("The disk is full.")
    expect(panel).to_contain_text("Free some space.")
    expect(panel.get_by_text("Traceback: line 1 <b>")).to_be_hidden()
    panel.get_by_text("Traceback", exact=True).click()
    expect(panel.get_by_text("Traceback: line 1 <b>")).to_be_visible()
    page.get_by_label("Close the panel").click()
    expect(panel).to_be_hidden()
    expect(page).to_have_url(f"{address}/queue")


def test_the_log_is_followed_while_a_run_writes_it(page: Page, address: str, queued: Laboratory) -> None:
    run = queued.claim()
    assert run is not None
    log = runs.log_path(queued.app, run.id)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("first line\n")
    page.goto(f"{address}/queue?run={run.id}")
    expect(page.locator("#queue-log")).to_have_text("first line\n")
    with log.open("a") as more:
        more.write("second line\n")
    expect(page.locator("#queue-log")).to_have_text("first line\nsecond line\n")


def test_the_end_of_a_long_log_stays_in_sight_until_somebody_scrolls_away(
    page: Page, address: str, queued: Laboratory
) -> None:
    run = queued.claim()
    assert run is not None
    log = runs.log_path(queued.app, run.id)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("".join(f"line {number}\n" for number in range(500)))
    page.goto(f"{address}/queue?run={run.id}")
    expect(page.locator("#queue-panel .panel-facts").first).to_be_visible()
    page.wait_for_function(AT_END)
    with log.open("a") as more:
        more.write("the last one\n")
    expect(page.locator("#queue-log")).to_contain_text("the last one")
    page.wait_for_function(AT_END)
    page.locator("#queue-log").evaluate("log => { log.scrollTop = 0; }")
    with log.open("a") as more:
        more.write("one more\n")
    expect(page.locator("#queue-log")).to_contain_text("one more")
    assert page.locator("#queue-log").evaluate("log => log.scrollTop") == 0


def test_cancelling_several_asks_first_and_retry_brings_them_back(
    page: Page, address: str, queued: Laboratory
) -> None:
    page.goto(f"{address}/queue?text=evaluate")
    page.get_by_role("textbox", name="Search", exact=True).fill("residual CNN")
    for run in (1, 2):
        page.locator(f"[row-id='{run}'] input[type=checkbox]").check()
    page.get_by_role("button", name="Cancel 2").click()
    expect(page.get_by_role("dialog")).to_contain_text("2 runs")
    assert runs.get_run(queued.app, RunId(1)).status == "queued"
    page.get_by_role("button", name="Cancel the runs").click()
    expect(state(page, 1)).to_have_text("Cancelled")
    expect(page.locator("#queue-batch-text")).to_have_text("Follows the 2 runs that were changed together.")
    page.locator("#queue-batch-close").click()
    expect(page.locator("#queue-batch-bar")).to_be_hidden()
    page.get_by_role("button", name="Retry 2").click()
    page.get_by_role("button", name="Retry the runs").click()
    expect(state(page, 1)).to_have_text("Queued")
    expect(state(page, 2)).to_have_text("Waiting")


def test_nothing_stays_ticked_that_another_filter_hides(page: Page, address: str, queued: Laboratory) -> None:
    runs.cancel_runs(queued.app, [RunId(2)])
    run = failed(queued)
    page.goto(f"{address}/queue")
    page.locator("[row-id='2'] input[type=checkbox]").check()
    expect(page.get_by_role("button", name="Retry", exact=True)).to_be_enabled()
    page.locator(".queue-chips").get_by_text("Failed").click()
    expect(page.locator("[row-id='2']")).to_have_count(0)
    expect(page.get_by_role("button", name="Retry", exact=True)).to_be_disabled()
    page.locator(f"[row-id='{run.id}'] input[type=checkbox]").check()
    page.get_by_role("button", name="Retry", exact=True).click()
    expect(page.locator(f"[row-id='{run.id}']")).to_have_count(0)
    assert runs.get_run(queued.app, RunId(2)).status == "cancelled"


def test_filters_and_buttons_are_in_one_row_each_at_1280(
    page: Page, address: str, queued: Laboratory
) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{address}/queue")
    expect(state(page, 1)).to_have_text("Queued")
    one_row = """all => {
      const boxes = all.map(one => one.getBoundingClientRect()).filter(box => box.height);
      return Math.max(...boxes.map(box => box.top)) < Math.min(...boxes.map(box => box.bottom));
    }"""
    assert page.locator(".queue-chips .mantine-Chip-label").evaluate_all(one_row)
    assert page.locator(".queue-toolbar > *").evaluate_all(one_row)
    heights = page.locator(".queue-summary button").evaluate_all("all => all.map(one => one.offsetHeight)")
    assert max(heights[-3:]) == min(heights[-3:])  # none of them wraps


def test_a_narrow_line_gives_up_words_before_values(page: Page, address: str, queued: Laboratory) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{address}/queue?text=quantization")
    cell = page.locator(".lineage", has_text="0.7").first
    expect(cell).to_be_visible()
    values = cell.locator(".lineage-values")
    widths = values.evaluate_all("all => all.map((one) => [one.clientWidth, one.scrollWidth])")
    assert widths
    assert all(shown >= wanted - 1 for shown, wanted in widths)


@pytest.mark.parametrize("width", [1280, 1440])
def test_models_are_told_apart_beside_an_open_panel(
    page: Page, address: str, queued: Laboratory, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{address}/queue?run=2")
    expect(page.locator(".panel-title")).to_be_visible()
    rows = page.locator(".ag-center-cols-container .ag-row")
    expect(rows.nth(10)).to_be_visible()
    shown = rows.evaluate_all(
        """rows => rows.map(row => {
          const [model, kind] = ['model', 'kind'].map(name => row.querySelector(`[col-id=${name}]`));
          const words = [...model.querySelectorAll('.lineage-words, .lineage-values')];
          const cut = words.some(word => word.scrollWidth > word.clientWidth + 1);
          return [model.innerText, kind.innerText, cut];
        })"""
    )
    assert len({(model, kind) for model, kind, _ in shown}) == len(shown)
    assert not any(cut for _, _, cut in shown), shown


def test_one_run_is_cancelled_from_its_panel(page: Page, address: str, queued: Laboratory) -> None:
    page.goto(f"{address}/queue")
    line(page, 2).locator("[col-id=model]").click()
    expect(page).to_have_url(re.compile("run=2$"))
    panel = page.locator("#queue-panel")
    panel.get_by_role("button", name="Cancel").click()
    expect(panel.locator(".run-status")).to_have_text("Cancelled")
    panel.get_by_role("button", name="Retry").click()
    expect(panel.locator(".run-status")).to_have_text("Waiting")


def test_priority_moves_a_run_up(page: Page, address: str, queued: Laboratory) -> None:
    queued.play_one()
    page.goto(f"{address}/queue?status=queued")
    page.locator("[row-id='3'] input[type=checkbox]").check()
    page.get_by_role("button", name="Priority").click()
    page.get_by_role("menuitem", name="First").click()
    expect(page.locator(".ag-center-cols-container .ag-row[row-index='0']")).to_have_attribute("row-id", "3")


def test_an_empty_queue_and_a_missing_worker_say_what_to_do(
    page: Page, address: str, laboratory: Laboratory
) -> None:
    stop(laboratory.app, WORKER)
    page.goto(f"{address}/queue")
    expect(page.locator("#queue-banner")).to_contain_text("No worker is connected")
    expect(page.locator("#queue-banner")).to_contain_text("compress-compare worker")
    expect(page.locator("#queue-nothing .empty-state")).to_be_visible()


def test_workers_show_what_they_do_and_leave_when_stopped(
    page: Page, address: str, queued: Laboratory
) -> None:
    queued.claim()
    page.goto(f"{address}/queue")
    workers = page.locator("#queue-workers")
    expect(workers).to_contain_text("train residual CNN")
    expect(workers).to_contain_text("laboratory CPU")
    stop(queued.app, WORKER)
    expect(page.locator("#queue-banner")).to_contain_text("No worker is connected")


def test_a_project_address_starts_with_the_runs_of_that_project(
    page: Page, address: str, queued: Laboratory
) -> None:
    queued.base(queued.project("Other", "other"))
    mine = page.locator(".ag-center-cols-container .ag-row")
    page.goto(f"{address}/p/other/queue")
    expect(mine).to_have_count(3)
    expect(page).to_have_url(f"{address}/p/other/queue")
    page.goto(f"{address}/p/other/queue?of=digits")
    expect(line(page, 1)).to_be_visible()
    page.reload()
    expect(page).to_have_url(f"{address}/p/other/queue?of=digits")
    page.goto(f"{address}/p/other/queue?of=")
    expect(page.locator("#queue-summary")).to_contain_text("90 runs to go")
    expect(line(page, 1)).to_be_visible()
    expect(page).to_have_url(f"{address}/p/other/queue?of=")


def test_lines_asked_for_before_a_filter_was_chosen_do_not_show_through_it(
    page: Page, address: str, queued: Laboratory
) -> None:
    run = failed(queued)
    page.goto(f"{address}/queue?status=failed")
    expect(state(page, run.id)).to_have_text("Failed")
    page.evaluate(LATE_LINE, str(run.id))
    expect(state(page, run.id)).to_have_text("Failed")
    expect(state(page, 9999)).to_have_count(0)
    expect(page.locator(".ag-center-cols-container .ag-row")).to_have_count(1)
    page.get_by_text("Failed", exact=False).first.click()
    expect(line(page, 2)).to_be_visible()


def test_all_lines_of_a_cut_list_stand_for_all_runs(page: Page, address: str, laboratory: Laboratory) -> None:
    project = laboratory.project()
    many = (SweepStep("prune", {"sparsity": tuple(one / 1000 for one in range(350))}),)
    laboratory.sweep(project, laboratory.base(project).id, (many,))
    page.goto(f"{address}/queue")
    expect(page.locator("#queue-short")).to_contain_text("The first 1,000 runs are listed")
    page.locator(".ag-header-select-all input[type=checkbox]").first.check()
    page.get_by_role("button", name="Cancel all").click()
    expect(page.get_by_text("1,053 runs will be cancelled")).to_be_visible()
    page.locator("#queue-confirm-yes").click()
    expect(page.get_by_text("1,053 runs cancelled")).to_be_visible()
    assert runs.queue_counts(laboratory.app)[RunStatus.CANCELLED] == 1053

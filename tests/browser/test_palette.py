"""The command palette and the list of keys."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from core.domain.project import Project
from core.testing.laboratory import Laboratory


@pytest.fixture
def project(laboratory: Laboratory) -> Project:
    """A project with one base model that is made."""
    made = laboratory.project()
    laboratory.base(made)
    laboratory.play()
    return made


def test_pages_models_and_actions_are_found_by_keyboard(page: Page, address: str, project: Project) -> None:
    page.goto(f"{address}/p/{project.slug}/queue")
    expect(page.get_by_role("button", name="Find")).to_be_visible()
    page.keyboard.press("Control+k")
    search = page.get_by_role("combobox", name="Search")
    expect(search).to_be_focused()
    options = page.get_by_role("option")
    expect(options.first).to_contain_text("New experiment")
    search.fill("residual")
    expect(options).to_have_count(1)
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/p/{project.slug}/overview\\?.*selected=1"))
    expect(search).to_have_count(0)
    page.wait_for_function("() => window.cnc?.selection?.selected().has('1')")
    page.keyboard.press("Control+k")
    search.fill("models da")
    expect(options.first).to_contain_text("Models & data")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/p/{project.slug}/models"))
    page.keyboard.press("Control+k")
    search.fill("light dark")
    before = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    page.keyboard.press("Enter")
    page.wait_for_function("before => getComputedStyle(document.body).backgroundColor !== before", arg=before)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Search the map")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_have_count(0)

"""A headless Chromium for figures about pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.errors import Unavailable

if TYPE_CHECKING:
    from playwright.sync_api import Page

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@contextmanager
def opened() -> Iterator[Page]:
    """Give an empty page of 1440 x 900 pixels in a browser of its own; `Unavailable` without Chromium."""
    from playwright.sync_api import sync_playwright

    executable = os.environ.get("CNC_TEST_BROWSER") or next(filter(None, map(shutil.which, _NAMES)), None)
    if executable is None:
        raise Unavailable("There is no Chromium on this machine.", "Install it: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        yield browser.new_page(viewport={"width": 1440, "height": 900})
        browser.close()

"""The browser of tests: where it is, how long a page may take, and what counts as a fault of a page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PATIENCE_MS = 45_000 if os.environ.get("CI", "").lower() in {"1", "true"} else 15_000
"""How long a test waits for what it expects of a page; slow machines of CI are no fault."""

_ABORTED = "net::ERR_ABORTED"  # the page itself gave the request up, for a newer one


def executable() -> str | None:
    """Return the path of an installed Chromium or Chrome, or None."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return os.environ.get("CNC_TEST_BROWSER") or next(filter(None, map(shutil.which, names)), None)


@contextmanager
def launched(path: str) -> Iterator[Browser]:
    """Run a headless browser; what tests expect of its pages may take `PATIENCE_MS`."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        yield (browser := playwright.chromium.launch(executable_path=path, args=FLAGS))
        browser.close()


@contextmanager
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """Keep a profile of its own open, with a window of 1440 x 900 pixels and without animations.

    Outlines that pulse while a page loads take a third of the processor time of opening it.
    """
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


def failures(page: Page) -> list[str]:
    """Return a list that grows with errors in the console and with requests that failed."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on(
        "requestfailed", lambda request: found.append(request.url) if request.failure != _ABORTED else None
    )
    return found

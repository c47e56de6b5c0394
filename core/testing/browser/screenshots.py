"""`python -m core.testing.browser.screenshots [FOLDER] [ADDRESS]`: pictures of every page, light and dark.

Without an address the product is started in a folder of its own, and the pictures are taken when its example
project is complete. Pages are found through the links of the dashboard's own navigation.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from core.testing.running import Installation, wait_for, wait_until_idle
from core.testing.servers.servers import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_EXAMPLE_WITHIN_S = 600.0
_SETTLED_MS = 2_500


def take(folder: Path, address: str = "") -> list[Path]:
    """Take all pictures and return their paths, `<folder>/<view>-<scheme>.png`."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    with _running(address) as place, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CNC_TEST_BROWSER", "/usr/bin/chromium"),
            args=["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        return [path for scheme in SCHEMES for path in pictures(browser, place, folder, scheme=scheme)]


def pictures(
    browser: Browser, address: str, folder: Path, *, scheme: Literal["light", "dark"]
) -> Iterator[Path]:
    """Visit each page of the navigation in 1440 x 900 pixels and yield the path of its picture."""
    page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme=scheme)
    page.goto(address, wait_until="networkidle")
    page.wait_for_selector("a.shell-link")
    links = page.eval_on_selector_all("a.shell-link", "links => links.map(link => link.href)")
    for link in dict.fromkeys(links):
        page.goto(link)
        page.wait_for_timeout(_SETTLED_MS)
        target = folder / f"{link.partition('?')[0].rstrip('/').rpartition('/')[2]}-{scheme}.png"
        page.screenshot(path=target)
        yield target
    page.close()


@contextmanager
def _running(address: str) -> Iterator[str]:
    """Give the address, of a new installation with the complete example where there is none yet."""
    if address:
        yield address
        return
    with tempfile.TemporaryDirectory(prefix="cnc-screenshots-") as folder:
        port = free_port()
        installation = Installation(Path(folder), extra={"CNC_PORT": str(port)})
        command = [str(Path(sys.executable).with_name("compress-compare")), "serve"]
        with subprocess.Popen(command, env=os.environ | installation.environment) as product:
            try:
                wait_for("the dashboard", lambda: _answers(f"http://127.0.0.1:{port}/readyz"))
                wait_until_idle(installation.open(), within_s=_EXAMPLE_WITHIN_S)
                yield f"http://127.0.0.1:{port}/"
            finally:
                product.send_signal(signal.SIGINT)


def _answers(url: str) -> bool:
    with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=5):  # nosec B310
        return True
    return False


if __name__ == "__main__":
    _folder, _address, *_ = [*sys.argv[1:], "", ""]
    for taken in take(Path(_folder or "docs/screenshots"), _address):
        sys.stdout.write(f"{taken}\n")

"""A real browser: Chromium without a window."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import ConsoleMessage, Page, sync_playwright

from tests.e2e.server import PATIENCE

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def browser_page() -> Iterator[Page]:
    """A page of a browser of its own; skips the test where there is none."""
    executable = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if executable is None:
        pytest.skip("There is no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        opened = browser.new_page()
        opened.set_default_timeout(PATIENCE * 1000)
        yield opened
        browser.close()


def complaints_of(page: Page) -> list[str]:
    """Grows with each error that a script of the page raises or the console shows."""
    complaints: list[str] = []

    def note(said: ConsoleMessage) -> None:
        if said.type == "error":
            complaints.append(said.text)

    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", note)
    return complaints

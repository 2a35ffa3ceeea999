"""The playground in a real browser, offline."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Request, expect, sync_playwright

from schema.playground.assets import ASSETS
from tests.e2e.server import PATIENCE, Api
from tests.e2e.shop import new_order

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    executable = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if executable is None:
        pytest.skip("There is no Chromium on this machine")
    if not all(asset.file.is_file() for asset in ASSETS):
        pytest.skip("The playground's files have not been fetched: make playground")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        opened = browser.new_page()
        opened.set_default_timeout(PATIENCE * 1000)
        yield opened
        browser.close()


def test_the_playground_runs_a_query_and_asks_no_other_server(api: Api, page: Page) -> None:
    order = new_order(api)
    complaints: list[str] = []
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: complaints.append(said.text) if said.type == "error" else None,
    )
    query = f'{{ order(id: "{order.id}") {{ status total {{ amount }} }} }}'
    page.goto(f"{api.url}/graphql")
    editor = page.locator(".graphiql-query-editor .CodeMirror")
    expect(editor).to_be_visible(timeout=PATIENCE * 1000)
    editor.evaluate("(element, text) => element.CodeMirror.setValue(text)", query)
    page.get_by_role("button", name="Execute query").click()
    result = page.locator(".result-window .CodeMirror-code")
    expect(result).to_contain_text('"status": "PENDING"', timeout=PATIENCE * 1000)
    expect(result).to_contain_text('"amount": "10.00"')
    assert complaints == []
    assert [url for url in asked if not url.startswith((api.url, "data:", "blob:"))] == []

"""The playground in a real browser, offline."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Request, expect

from schema.playground.assets import ASSETS
from tests.e2e.browser import browser_page, complaints_of
from tests.e2e.server import PATIENCE, Api
from tests.e2e.shop import new_order


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    if not all(asset.file.is_file() for asset in ASSETS):
        pytest.skip("The playground's files have not been fetched: make playground")
    with browser_page() as opened:
        yield opened


def test_the_playground_runs_a_query_and_asks_no_other_server(api: Api, page: Page) -> None:
    order = new_order(api)
    complaints = complaints_of(page)
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
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

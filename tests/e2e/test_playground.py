"""The playground in a real browser, offline."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from playwright.sync_api import Page, Request, expect

from schema.playground.assets import ASSETS
from tests.e2e.browser import browser_page, complaints_of
from tests.e2e.server import PATIENCE, Api, serving_api
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


def test_the_examples_run_as_they_stand_and_a_followed_order_survives_its_tab(
    tmp_path: Path, page: Page
) -> None:
    with serving_api(tmp_path) as (_, api):
        page.goto(f"{api.url}/")
        expect(page).to_have_url(f"{api.url}/graphql")
        page.evaluate("localStorage.clear()")
        page.reload()
        assert run(page, "NewestOrders") == {"orders": {"nodes": [], "pageInfo": ANY}}
        stocked = run(page, "StockTheShop")
        customer = stocked["registerCustomer"]["customer"]
        assert customer["email"].endswith("@example.org")
        assert stocked["registerProduct"]["product"]["available"] == 100
        placed = run(page, "PlaceOrder")["placeOrder"]
        assert (placed["order"]["status"], placed["userErrors"]) == ("PENDING", [])
        assert run(page, "FollowOrder")["orderChanged"]["status"] == "PENDING"
        cancelled = run(page, "CancelOrder")["cancelOrder"]
        assert cancelled["order"]["id"] == placed["order"]["id"]
        followed = page.locator("#followed article")
        expect(followed.locator("pre")).to_contain_text('"status": "CANCELLED"')
        page.get_by_role("button", name="Stop FollowOrder").click()
        expect(followed).to_have_count(0)


def run(page: Page, name: str) -> Any:
    """The data that the example of this name answers first, in its tab."""
    page.get_by_role("tab", name=name).click()
    query = page.locator(".graphiql-query-editor .CodeMirror-code")
    expect(query).to_contain_text(name, timeout=PATIENCE * 1000)
    result = page.locator(".result-window .CodeMirror")
    result.evaluate("element => element.CodeMirror.setValue('')")
    page.get_by_role("button", name="Execute query").click()
    expect(page.locator(".result-window .CodeMirror-code")).to_contain_text(
        '"data"', timeout=PATIENCE * 1000
    )
    return json.loads(result.evaluate("element => element.CodeMirror.getValue()"))["data"]

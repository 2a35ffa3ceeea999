"""The playground in a real browser, offline."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

from schema.playground.assets import ASSETS
from schema.settings import Settings
from tests.e2e.browser import browser_page, complaints_of
from tests.e2e.server import PATIENCE, Api, serving_api
from tests.e2e.shop import new_order
from tests.schema.edge import serving


@pytest.fixture(scope="module")
def page(mongo_url: str) -> Iterator[Page]:
    # MongoDB is started in this thread's event loop, so it comes before the browser, which has one.
    if not all(asset.is_here for asset in ASSETS):
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
        again = run(page, "StockTheShop")["registerProduct"]
        assert (again["userErrors"], again["product"]["available"]) == ([], 100)
        placed = run(page, "PlaceOrder")["placeOrder"]
        assert (placed["order"]["status"], placed["userErrors"]) == ("PENDING", [])
        assert run(page, "FollowOrder")["orderChanged"]["status"] == "PENDING"
        cancelled = run(page, "CancelOrder")["cancelOrder"]
        assert cancelled["order"]["id"] == placed["order"]["id"]
        followed = page.locator("#followed article")
        expect(followed.locator("pre")).to_contain_text('"status": "CANCELLED"')
        page.get_by_role("button", name="Stop FollowOrder").click()
        expect(followed).to_have_count(0)
        elsewhere = shown_order(api)
        page.get_by_role("tab", name="FollowOrder").click()
        expect(variables_of(page)).to_contain_text(elsewhere, timeout=PATIENCE * 1000)


def of_stores_that_are_no_more(route: Route) -> None:
    """Answers what the page asks of what there is with ids that nothing has now."""
    if "WhatThereIs" not in (route.request.post_data or ""):
        route.continue_()
        return
    answer = route.fetch()
    route.fulfill(response=answer, body=re.sub(r"(cus|prd|ord)_\w+", r"\1_no_more", answer.text()))


def test_a_tab_of_an_earlier_visit_is_filled_with_what_is_there_now(api: Api, page: Page) -> None:
    order = shown_order(api)
    page.route("**/graphql", of_stores_that_are_no_more)
    page.goto(f"{api.url}/graphql")
    tab = page.get_by_role("tab", name="FollowOrder")
    tab.click()
    expect(variables_of(page)).to_contain_text("ord_no_more", timeout=PATIENCE * 1000)
    # The page remembers its tabs, and a moment later what the editors hold.
    for key in ("graphiql:tabState", "graphiql:variables"):
        page.wait_for_function("key => localStorage.getItem(key)?.includes('ord_no_more')", arg=key)
    page.unroute("**/graphql")
    page.reload()
    expect(tab).to_have_attribute("aria-selected", "true")
    expect(variables_of(page)).to_contain_text(order, timeout=PATIENCE * 1000)


def test_its_policy_lets_all_of_it_work_with_files_from_the_cdn_too(
    mongo_url: str, page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {asset.name: asset.file.read_bytes() for asset in ASSETS}
    monkeypatch.setattr("schema.playground.assets.STATIC", tmp_path / "none")
    complaints = complaints_of(page)
    fetched: list[str] = []

    def cdn(route: Route) -> None:
        name = route.request.url.rpartition("/")[2]
        fetched.append(name)
        kind = "text/css" if name.endswith(".css") else "text/javascript"
        headers = {"access-control-allow-origin": "*", "content-type": kind}
        route.fulfill(body=files[name], headers=headers)

    page.route("https://cdn.jsdelivr.net/**", cdn)
    settings = Settings(data=tmp_path, mongo_url=mongo_url.replace("/?", "/policy?"))
    # The browser's own event loop has this thread.
    running = ExitStack()
    with ThreadPoolExecutor(1) as thread, ExitStack() as ending:
        edge = thread.submit(running.enter_context, serving(settings)).result()
        ending.callback(lambda: thread.submit(running.close).result())
        page.goto(f"{edge.url}/graphql")
        for name in ("Show Documentation Explorer", "Show History", "Prettify query"):
            page.get_by_role("button", name=name).first.click()
        for name in ("Open settings dialog", "Open short keys dialog"):
            page.get_by_role("button", name=name).click()
            expect(page.get_by_role("dialog")).to_be_visible()
            page.keyboard.press("Escape")
        editor = page.locator(".graphiql-query-editor .CodeMirror")
        order = edge.new_order()
        text = f'subscription {{ orderChanged(id: "{order}") {{ status }} }}'
        editor.evaluate("(element, text) => element.CodeMirror.setValue(text)", text)
        page.get_by_role("button", name="Execute query").click()
        expect(page.locator("#followed article pre")).to_contain_text('"status": "PENDING"')
        assert sorted(fetched) == sorted(files)
        assert complaints == []
        # What the page does not name, it cannot reach.
        there = "fetch('https://elsewhere.example/').then(() => 'reached', () => 'refused')"
        assert page.evaluate(there) == "refused"
        assert "Content Security Policy" in complaints[0]
        page.goto("about:blank")
    page.unroute_all()


def shown_order(api: Api) -> str:
    """The id of a new order, once lists begin with it."""
    order = new_order(api)
    query = "query($at: Position) { orders(first: 1, minPosition: $at) { nodes { id } } }"
    assert api.data(query, at=order.position) == {"orders": {"nodes": [{"id": order.id}]}}
    return order.id


def variables_of(page: Page) -> Locator:
    return page.locator(".graphiql-editor-tool .CodeMirror-code").first


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

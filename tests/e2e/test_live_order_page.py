"""The example page in a real browser, opened from its file, beside a real server."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, Route, WebSocket, expect

from tests.e2e.browser import browser_page, complaints_of
from tests.e2e.server import Accepted, Api, Json, Log, serving_api
from tests.e2e.shop import eur, new_customer, new_product, unique
from tests.schema.running import ROOT

FILE = ROOT / "examples" / "live-order.html"
OF_A_SERVER_THAT_IS_DOWN = re.compile(
    r"Failed to load resource: net::ERR_|WebSocket connection to .* failed: "
)
SHOWN = "query($id: ID!) { order(id: $id) { total { amount } position status version } }"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("page")


@pytest.fixture(scope="module")
def api(data: Path) -> Iterator[Api]:
    with serving_api(data) as (_, client):
        new_customer(client)
        yield client


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    with browser_page() as page:
        yield page


@pytest.fixture
def page(browser: Page) -> Iterator[Page]:
    """A page of the browser, in which no script may have failed at the end."""
    assert browser.context.browser is not None
    with browser.context.browser.new_page() as opened:
        opened.set_default_timeout(30_000)
        complaints = complaints_of(opened)
        yield opened
    assert [each for each in complaints if not OF_A_SERVER_THAT_IS_DOWN.match(each)] == []


class Frames:
    """What went over the page's sockets."""

    def __init__(self, page: Page) -> None:
        self._sent: list[Json] = []
        self._received: list[Json] = []
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: self._sent.append(json.loads(frame)))
        socket.on("framereceived", lambda frame: self._received.append(json.loads(frame)))

    @property
    def resumed_after(self) -> list[str | None]:
        """The positions that the subscriptions gave as `after`."""
        subscribed = (frame for frame in self._sent if frame["type"] == "subscribe")
        return [frame["payload"]["variables"].get("after") for frame in subscribed]

    @property
    def positions(self) -> list[str]:
        """Of the states that came, in their order."""
        states = (frame["payload"] for frame in self._received if frame["type"] == "next")
        return [state["data"]["orderChanged"]["position"] for state in states]


def offered(api: Api, name: str, **fields: Any) -> Accepted:
    """A product that the page finds, and all customers that there are by then."""
    product = new_product(api, name=name, **fields)
    shown = """query($at: Position!) {
      products(minPosition: $at) { nodes { id } } customers(minPosition: $at) { nodes { id } } }"""
    api.data(shown, at=product.position)
    return product


def open_page(page: Page, url: str) -> None:
    page.goto(f"{FILE.as_uri()}?server={url}")


def place(page: Page, product: str, quantity: int = 1) -> Locator:
    """Press the button; the row that shows the order."""
    option = page.locator("option", has_text=product)
    expect(option).to_be_attached()
    page.get_by_label("Product").select_option(label=option.text_content())
    page.get_by_label("Quantity").fill(str(quantity))
    page.get_by_role("button", name="Place order").click()
    return page.locator("article").first


def heading(row: Locator) -> Locator:
    return row.get_by_role("heading")


def order_of(row: Locator) -> str:
    """The id of the order that a row shows once it is decided."""
    expect(heading(row)).to_have_text(re.compile("^ord_"))
    return (heading(row).text_content() or "").partition(":")[0]


def outcomes(page: Page) -> Locator:
    """The newest first."""
    return page.get_by_role("log").locator("p")


def port_of(api: Api) -> str:
    return str(urlsplit(api.url).port)


def test_the_page_is_short_and_needs_nothing_else() -> None:
    text = FILE.read_text()
    assert len(text.splitlines()) < 80
    assert re.findall(r"src=|href=|import|url\(|innerHTML", text) == []


def test_where_the_server_is_need_not_be_said_of_the_default(page: Page) -> None:
    page.route("**/graphql", lambda route: route.abort())
    with page.expect_request("http://127.0.0.1:8000/graphql"):
        page.goto(FILE.as_uri())
    expect(page.locator("code").first).to_have_text("http://127.0.0.1:8000")


def test_a_server_that_does_not_answer_is_said_not_to(page: Page, api: Api) -> None:
    page.route("**/graphql", lambda route: route.abort())
    open_page(page, f"{api.url}/")
    expect(page.locator("code").first).to_have_text(api.url)
    expect(page.locator("output")).to_have_text("no answer, asking again…")
    page.unroute("**/graphql")
    expect(page.locator("output")).to_have_text("answered")
    expect(page.get_by_label("Customer")).to_contain_text("Ada")


def test_a_fresh_server_is_offered_a_customer_and_a_product(page: Page, tmp_path: Path) -> None:
    with serving_api(tmp_path) as (_, api):
        open_page(page, api.url)
        expect(page.locator("code").first).to_have_text(api.url)
        page.get_by_role("button", name="Make a demo customer and product").click()
        row = place(page, "Lamp", 2)
        order = order_of(row)
        expect(page.get_by_role("button", name="Make a demo")).to_be_hidden()
        shown = api.data(SHOWN, id=order)["order"]
        assert (shown["status"], shown["total"]) == ("PENDING", {"amount": "99.80"})


def test_an_order_is_shown_as_expected_before_it_is_decided(page: Page, api: Api) -> None:
    name = unique("Chair")
    offered(api, name, price=eur("12.35"), initialStock=5)
    held: list[Route] = []

    def hold(route: Route) -> None:
        if "placeOrder" in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    page.route("**/graphql", hold)
    open_page(page, api.url)
    row = place(page, name, 3)
    expect(heading(row)).to_have_text("New order: placing…")
    expect(row).to_have_class("optimistic")
    expect(row).to_contain_text(f"3 × {name} = 37.05 EUR (expected)")
    expect(page.locator("main")).to_have_attribute("aria-live", "polite")
    expect(outcomes(page)).to_have_count(0)

    (route,) = held
    route.continue_()
    order = order_of(row)
    shown = api.data(SHOWN, id=order)["order"]
    expect(heading(row)).to_have_text(f"{order}: PENDING")
    expect(row).to_have_class("")
    expect(row).to_contain_text(f"3 × {name} = 37.05 EUR (position {shown['position']})")
    expect(outcomes(page)).to_have_text(re.compile(r"^placeOrder accepted at position \d+$"))
    expect(page.locator("article")).to_have_count(1)


def test_a_refused_order_goes_again_and_says_why(page: Page, api: Api, data: Path) -> None:
    name = unique("Desk")
    offered(api, name, initialStock=2)
    head = Log(data).head()
    open_page(page, api.url)
    place(page, name, 3)
    expect(outcomes(page)).to_have_text(
        "placeOrder refused, OUT_OF_STOCK: Only 2 of this product are available; 3 were asked for."
    )
    expect(page.locator("article")).to_have_count(0)
    assert Log(data).head() == head


def test_an_order_is_followed_and_its_buttons_are_what_is_allowed(page: Page, api: Api) -> None:
    name = unique("Shelf")
    offered(api, name, initialStock=5)
    open_page(page, api.url)
    row = place(page, name)
    order = order_of(row)
    expect(page.locator("output")).to_have_text("connected")
    confirm = row.get_by_role("button", name="confirmOrder")
    cancel = row.get_by_role("button", name="cancelOrder")
    expect(confirm).to_be_enabled()

    api.accepted("confirmOrder", orderId=order)
    expect(heading(row)).to_have_text(f"{order}: CONFIRMED")
    expect(confirm).to_be_disabled()
    expect(confirm).to_have_attribute("title", re.compile("PENDING"))

    with page.expect_request("**/graphql") as asked:
        cancel.click()
    sent = json.loads(asked.value.post_data or "")
    assert sent["variables"]["input"]["expectedVersion"] == 2
    expect(heading(row)).to_have_text(f"{order}: CANCELLED")
    expect(outcomes(page).first).to_have_text(re.compile("^cancelOrder accepted at position"))
    expect(
        row.get_by_text(re.compile("Z (PENDING|CONFIRMED|CANCELLED changed my mind)"))
    ).to_have_count(3)
    expect(cancel).to_be_disabled()


def test_the_refusal_of_a_button_is_shown(page: Page, api: Api) -> None:
    name = unique("Stool")
    offered(api, name, initialStock=5)
    # The page is told of no newer state.
    page.route_web_socket("**/graphql", lambda socket: None)
    open_page(page, api.url)
    row = place(page, name)
    api.accepted("confirmOrder", orderId=order_of(row))
    row.get_by_role("button", name="cancelOrder").click()
    expect(outcomes(page).first).to_have_text(re.compile("^cancelOrder refused, CONFLICT: "))


def test_an_order_whose_answer_was_lost_is_placed_once(page: Page, api: Api, data: Path) -> None:
    name = unique("Sofa")
    product = offered(api, name, initialStock=5)
    asked: list[str] = []

    def lose_the_first(route: Route) -> None:
        body = route.request.post_data or ""
        if "placeOrder" in body:
            asked.append(body)
        if asked == [body]:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/graphql", lose_the_first)
    head = Log(data).head()
    open_page(page, api.url)
    order_of(place(page, name))
    first, second = asked
    assert first == second
    # One order and what it reserves.
    assert Log(data).head() == head + 2
    reserved = "query($id: ID!, $at: Position!) { product(id: $id, minPosition: $at) { reserved } }"
    stock = api.data(reserved, id=product.id, at=str(head + 2))
    assert stock == {"product": {"reserved": 1}}


def test_after_a_restart_it_goes_on_where_it_was(page: Page, tmp_path: Path) -> None:
    frames = Frames(page)
    with serving_api(tmp_path) as (server, api):
        new_customer(api)
        offered(api, "Vase", initialStock=5)
        open_page(page, api.url)
        row = place(page, "Vase")
        order = order_of(row)
        expect(page.locator("output")).to_have_text("connected")
        placed = api.data(SHOWN, id=order)["order"]["position"]
        port = port_of(api)
        server.ends_after(signal.SIGKILL)
    expect(page.locator("output")).to_have_text("reconnecting…")

    with serving_api(tmp_path) as (_, elsewhere):
        confirmed = elsewhere.accepted("confirmOrder", orderId=order).position
    expect(heading(row)).to_have_text(f"{order}: PENDING")

    with serving_api(tmp_path, DIPTYCH_PORT=port) as (_, api):
        expect(heading(row)).to_have_text(f"{order}: CONFIRMED")
        expect(page.locator("output")).to_have_text("connected")
        api.accepted("shipOrder", orderId=order, carrier="Post", trackingNumber="T")
        expect(heading(row)).to_have_text(f"{order}: SHIPPED")
        shipped = api.data(SHOWN, id=order)["order"]["position"]
    assert frames.resumed_after == [placed, placed]
    assert frames.positions == [confirmed, shipped]
    expect(page.locator("article")).to_have_count(1)


def test_an_order_placed_while_the_server_is_down_is_placed_once(
    page: Page, tmp_path: Path
) -> None:
    with serving_api(tmp_path) as (server, api):
        new_customer(api)
        offered(api, "Bowl", initialStock=5)
        open_page(page, api.url)
        expect(page.get_by_label("Product")).to_have_text("Bowl, 10.00 EUR")
        port = port_of(api)
        server.ends_after(signal.SIGKILL)
    with page.expect_event("requestfailed"):
        row = place(page, "Bowl")
    with page.expect_event("requestfailed"):
        expect(heading(row)).to_have_text("New order: placing…")

    with serving_api(tmp_path, DIPTYCH_PORT=port) as (_, api):
        order = order_of(row)
        api.accepted("confirmOrder", orderId=order)
        expect(heading(row)).to_have_text(f"{order}: CONFIRMED")
        placed = Log(tmp_path).rows("SELECT count(*) FROM events WHERE type = 'OrderPlaced'")
    assert placed == [(1,)]


def test_a_name_that_looks_like_html_is_shown_as_text(page: Page, api: Api) -> None:
    name = f"<img src=x onerror=\"document.title='run'\">{unique('Rug')}"
    offered(api, name, initialStock=5)
    open_page(page, api.url)
    row = place(page, name)
    order_of(row)
    expect(row).to_contain_text(f"1 × {name} = 10.00 EUR")
    expect(page.locator("img")).to_have_count(0)
    expect(page).to_have_title("A live order")

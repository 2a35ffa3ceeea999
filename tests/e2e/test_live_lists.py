"""Lists, products and days followed while they change, over WebSocket."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.e2e.server import Api, Json, Socket, serving_api
from tests.e2e.shop import lines, new_customer, new_order, new_product

ORDERS = """
subscription Follow($filter: OrderFilter, $after: Position) {
  ordersChanged(filter: $filter, after: $after) {
    kind position order { id status customerName }
  } }
"""
PRODUCT = """
subscription Follow($id: ID!, $after: Position) {
  productChanged(id: $id, after: $after) { available unitsSold position } }
"""
SALES = """
subscription Follow($day: Date!, $currency: CurrencyCode!, $after: Position) {
  salesChanged(day: $day, currency: $currency, after: $after) {
    day currency ordersPlaced ordersCancelled unitsSold revenue { amount } position } }
"""


def change(socket: Socket, id: str) -> Json:
    changed: Json = socket.next(id)["ordersChanged"]
    return changed


def test_a_list_of_open_orders_is_followed(api: Api) -> None:
    customer, product = new_customer(api), new_product(api, initialStock=10)
    mine = {"customerId": customer.id}
    first = new_order(api, **mine, items=lines((product, 1)))
    with api.socket() as socket:
        id = socket.subscribe(ORDERS, filter={**mine, "status": ["PENDING"]})
        begun = change(socket, id)
        assert (begun["kind"], begun["order"]["id"]) == ("ADDED", first.id)
        second = new_order(api, **mine, items=lines((product, 1)))
        added = change(socket, id)
        assert (added["kind"], added["order"]["id"]) == ("ADDED", second.id)
        api.accepted("confirmOrder", orderId=first.id)
        removed = change(socket, id)
        assert (removed["kind"], removed["order"]["status"]) == ("REMOVED", "CONFIRMED")
        api.accepted("changeCustomer", **mine, name="Grace")
        renamed = change(socket, id)
        assert (renamed["kind"], renamed["order"]["id"]) == ("UPDATED", second.id)
        assert renamed["order"]["customerName"] == "Grace"
        assert socket.is_idle()


def test_a_followed_list_is_bounded_by_all_digits_of_an_instant(api: Api) -> None:
    mine = {"customerId": new_customer(api).id}
    placed = new_order(api, **mine, items=lines((new_product(api, initialStock=1), 1)))
    query = "query($id: ID!, $p: Position) { order(id: $id, minPosition: $p) { placedAt } }"
    at = api.data(query, id=placed.id, p=placed.position)["order"]["placedAt"]
    just_above = at.replace("Z", "0001Z")
    with api.socket() as socket:
        until = socket.subscribe(ORDERS, filter={**mine, "placedBefore": just_above})
        begun = change(socket, until)
        assert (begun["kind"], begun["order"]["id"]) == ("ADDED", placed.id)
        socket.subscribe(ORDERS, filter={**mine, "placedFrom": just_above})
        api.accepted("confirmOrder", orderId=placed.id)
        assert change(socket, until)["order"]["status"] == "CONFIRMED"
        assert socket.is_idle()


def test_with_after_an_order_that_was_placed_since_is_added(api: Api) -> None:
    customer, product = new_customer(api), new_product(api, initialStock=10)
    mine = {"customerId": customer.id}
    old = new_order(api, **mine, items=lines((product, 1)))
    with api.socket() as socket:
        id = socket.subscribe(ORDERS, filter=mine)
        seen = change(socket, id)["position"]
        api.accepted("confirmOrder", orderId=old.id)
        new = new_order(api, **mine, items=lines((product, 1)))
        gone = new_order(api, **mine, items=lines((product, 1)))
        api.accepted("cancelOrder", orderId=gone.id, reason="No")
        shown = list(_until_cancelled(socket, id))
        assert {("UPDATED", old.id), ("ADDED", new.id), ("ADDED", gone.id)} <= set(shown)
    wanted = {**mine, "status": ["PENDING", "CONFIRMED"]}
    with api.socket() as socket:
        id = socket.subscribe(ORDERS, filter=wanted, after=seen)
        since = [_kind_and_id(change(socket, id)) for _ in range(3)]
        assert since == [("UPDATED", old.id), ("ADDED", new.id), ("REMOVED", gone.id)]
        assert socket.is_idle()


def _kind_and_id(of: Json) -> tuple[str, str]:
    return of["kind"], of["order"]["id"]


def _until_cancelled(socket: Socket, id: str) -> Iterator[tuple[str, str]]:
    """The changes up to the one that shows a cancelled order; how many there are depends on which
    facts were folded together."""
    while True:
        changed = change(socket, id)
        yield _kind_and_id(changed)
        if changed["order"]["status"] == "CANCELLED":
            return


def test_a_list_goes_on_after_a_restart_where_it_was(tmp_path: Path) -> None:
    with serving_api(tmp_path) as (server, api):
        customer, product = new_customer(api), new_product(api, initialStock=10)
        mine = {"customerId": customer.id}
        first, second = (new_order(api, **mine, items=lines((product, 1))) for _ in range(2))
        # What shows the second while the follower joins is given with the position before it.
        api.data(
            "query($p: Position) { orders(minPosition: $p) { nodes { id } } }", p=second.position
        )
        with api.socket() as socket:
            id = socket.subscribe(ORDERS)
            change(socket, id)
            seen = change(socket, id)
        server.process.kill()
        server.process.wait()
    with serving_api(tmp_path) as (_, api), api.socket() as socket:
        id = socket.subscribe(ORDERS, filter={"status": ["PENDING"]}, after=seen["position"])
        assert socket.is_idle()
        api.accepted("confirmOrder", orderId=first.id)
        removed = change(socket, id)
        assert (removed["kind"], removed["order"]["id"]) == ("REMOVED", first.id)
        since = socket.subscribe(ORDERS, filter={"status": ["PENDING"]}, after=seen["position"])
        again = change(socket, since)
        assert (again["kind"], again["order"]["id"]) == ("REMOVED", first.id)
        assert second.id != first.id


def test_a_product_is_followed(api: Api) -> None:
    product = new_product(api, initialStock=5)
    with api.socket() as socket:
        id = socket.subscribe(PRODUCT, id=product.id)
        states = [socket.next(id)["productChanged"]]
        new_order(api, items=lines((product, 2)))
        while states[-1]["unitsSold"] != "2":
            states.append(socket.next(id)["productChanged"])
    assert states[0]["available"] == 5
    assert states[-1]["available"] == 3
    positions = [int(state["position"]) for state in states]
    assert positions == sorted(set(positions))


def test_a_day_of_sales_is_followed_from_its_first_order(api: Api) -> None:
    product = new_product(api, price={"amount": "2", "currency": "ISK"}, initialStock=9)
    today = datetime.now(UTC).date().isoformat()
    with api.socket() as socket:
        id = socket.subscribe(SALES, day=today, currency="ISK")
        assert socket.is_idle()
        order = new_order(api, items=lines((product, 3)))
        sold = socket.next(id)["salesChanged"]
        assert (sold["day"], sold["currency"], sold["unitsSold"]) == (today, "ISK", "3")
        assert sold["revenue"] == {"amount": "6"}
        api.accepted("cancelOrder", orderId=order.id, reason="No")
        taken_back = socket.next(id)["salesChanged"]
        assert (taken_back["ordersCancelled"], taken_back["revenue"]) == (1, {"amount": "0"})
        again = socket.subscribe(SALES, day=today, currency="ISK", after=taken_back["position"])
        assert socket.is_idle()
        assert again != id

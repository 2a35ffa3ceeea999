"""A customer's new name in every order, through the API."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.schema.edge import ADDRESS, Edge
from tests.schema.test_websocket import opened

ORDER = """
query($id: ID!, $at: Position) { order(id: $id, minPosition: $at) {
  customerId customerName customerEmail status updatedAt version position
} }"""
ORDERS = """
query($customer: ID!, $at: Position) {
  orders(filter: {customerId: $customer}, minPosition: $at) {
    nodes { id customerName customerEmail updatedAt version position } position
  }
}"""


def shown(edge: Edge, order: str, at: str | None = None) -> Any:
    return edge.data(ORDER, id=order, at=at)["order"]


def placed(edge: Edge) -> tuple[str, Any]:
    """The id of a new order, and what is shown of it."""
    items = [{"productId": edge.new_product(), "quantity": 1}]
    given = {"customerId": edge.new_customer(), "items": items, "shippingAddress": ADDRESS}
    answer = edge.command("placeOrder", **given)
    return answer["orderId"], shown(edge, answer["orderId"], answer["position"])


def renamed(edge: Edge, customer: str, name: str) -> str:
    """The position of the new name."""
    email = f"{name.lower()}-{customer}@example.org"
    changed = edge.command("changeCustomer", customerId=customer, name=name, email=email)
    assert changed["userErrors"] == []
    position: str = changed["position"]
    return position


def test_a_read_at_the_position_of_a_rename_shows_it(edge: Edge) -> None:
    order = edge.new_order()
    confirmed = edge.command("confirmOrder", orderId=order)["position"]
    before = shown(edge, order, confirmed)
    customer = before["customerId"]
    at = renamed(edge, customer, "Countess")
    new = {"customerName": "Countess", "customerEmail": f"countess-{customer}@example.org"}
    after = shown(edge, order, at)
    assert before["position"] == confirmed
    assert after == before | new | {"position": f"{at}.1"}
    page = edge.data(ORDERS, customer=customer, at=at)["orders"]
    (row,) = page["nodes"]
    kept = {name: after[name] for name in ("updatedAt", "version", "position")}
    assert row == new | kept | {"id": order}
    assert int(page["position"]) >= int(at)
    # Its own position comes back as any other does.
    assert shown(edge, order, after["position"]) == after
    nodes = "query($id: ID!) { nodes(ids: [$id]) { ... on Order { customerName } } }"
    assert edge.data(nodes, min_position=at, id=order)["nodes"] == [{"customerName": "Countess"}]


def test_an_order_that_goes_on_keeps_the_new_name(edge: Edge) -> None:
    order, before = placed(edge)
    renamed(edge, before["customerId"], "Duchess")
    confirmed = edge.command("confirmOrder", orderId=order)["position"]
    after = shown(edge, order, confirmed)
    assert (after["customerName"], after["status"], after["version"], after["position"]) == (
        "Duchess",
        "CONFIRMED",
        2,
        f"{confirmed}.1",
    )


async def test_a_subscription_sees_the_new_name_and_resumes_after_it(edge: Edge) -> None:
    order, before = await asyncio.to_thread(placed, edge)
    query = (
        "subscription($id: ID!, $after: Position) {"
        " orderChanged(id: $id, after: $after) { customerName status position } }"
    )

    async def next_state(socket: Any) -> Any:
        return (await socket.next())["payload"]["data"]["orderChanged"]

    async with opened(edge) as socket:
        await socket.init()
        await socket.subscribe("1", query, id=order, after=before["position"])
        at = await asyncio.to_thread(renamed, edge, before["customerId"], "Empress")
        seen = await next_state(socket)
        assert seen == {"customerName": "Empress", "status": "PENDING", "position": f"{at}.1"}
    async with opened(edge) as socket:
        await socket.init()
        await socket.subscribe("1", query, id=order, after=seen["position"])
        await asyncio.to_thread(edge.command, "confirmOrder", orderId=order)
        assert (await next_state(socket))["status"] == "CONFIRMED"

"""Orders followed while they change, over WebSocket."""

from __future__ import annotations

from pathlib import Path

import pytest
from gql import Client, gql
from gql.transport.websockets import WebsocketsTransport

from tests.e2e.server import Api, Json, Socket, serving_api
from tests.e2e.shop import ADDRESS, lines, new_customer, new_order, new_product

FOLLOW = """
subscription Follow($id: ID!, $after: Position) {
  orderChanged(id: $id, after: $after) { id status version position }
}
"""


def shown(socket: Socket, id: str) -> Json:
    order: Json = socket.next(id)["orderChanged"]
    return order


def test_a_subscription_begins_with_what_is_there_and_goes_on_with_each_state(api: Api) -> None:
    order = new_order(api)
    with api.socket() as socket:
        id = socket.subscribe(FOLLOW, id=order.id)
        first = shown(socket, id)
        assert first == {
            "id": order.id,
            "status": "PENDING",
            "version": 1,
            "position": str(int(order.position) - 1),
        }
        for command, status, input in (
            ("confirmOrder", "CONFIRMED", {}),
            ("shipOrder", "SHIPPED", {"carrier": "Post", "trackingNumber": "T"}),
            ("deliverOrder", "DELIVERED", {}),
        ):
            done = api.accepted(command, orderId=order.id, **input)
            state = shown(socket, id)
            assert (state["status"], state["version"]) == (status, done.version)
        assert state["position"] == done.position
        assert socket.is_idle()


def test_after_a_position_it_begins_with_what_changed_since(api: Api) -> None:
    order = new_order(api)
    with api.socket() as socket:
        unchanged = socket.subscribe(FOLLOW, id=order.id, after=order.position)
        assert socket.is_idle()
        confirmed = api.accepted("confirmOrder", orderId=order.id)
        assert shown(socket, unchanged)["version"] == 2
        since = socket.subscribe(FOLLOW, id=order.id, after=order.position)
        assert shown(socket, since)["version"] == 2
        socket.subscribe(FOLLOW, id=order.id, after=confirmed.position)
        assert socket.is_idle()


def test_an_after_that_is_not_shown_yet_is_waited_for(api: Api) -> None:
    order = new_order(api)
    confirmed = str(int(order.position) + 1)
    with api.socket() as socket:
        id = socket.subscribe(FOLLOW, id=order.id, after=confirmed)
        assert api.accepted("confirmOrder", orderId=order.id).position == confirmed
        api.accepted("cancelOrder", orderId=order.id, reason="No")
        state = shown(socket, id)
        assert (state["status"], state["version"]) == ("CANCELLED", 3)


@pytest.mark.parametrize(
    "field",
    [
        'orderChanged(id: "ord_x", after: "999999999") { id }',
        'ordersChanged(after: "999999999") { kind }',
        'ordersChanged(filter: {customerId: "cus_x"}, after: "999999999") { kind }',
        'productChanged(id: "prd_x", after: "999999999") { id }',
        'salesChanged(day: "2026-01-01", currency: "EUR", after: "999999999") { day }',
    ],
)
def test_an_after_that_is_not_shown_in_time_is_a_stale_read(api: Api, field: str) -> None:
    with api.socket() as socket:
        id = socket.subscribe(f"subscription {{ {field} }}")
        assert socket.is_idle()
        ended = socket.receive()
        assert (ended["id"], ended["type"]) == (id, "error")
        assert [error["extensions"]["code"] for error in ended["payload"]] == ["STALE_READ"]
        assert "999999999" in ended["payload"][0]["message"]
        assert socket.is_idle()


def test_an_order_that_is_not_there_yet_is_waited_for(api: Api) -> None:
    with api.socket() as socket:
        socket.subscribe(FOLLOW, id="ord_not_there")
        socket.subscribe(FOLLOW, id="")
        assert socket.is_idle()


def test_an_operation_over_a_socket_answers_once_and_is_complete(api: Api) -> None:
    order = new_order(api)
    with api.socket() as socket:
        id = socket.subscribe(
            "mutation Run($id: ID!) { confirmOrder(input: {orderId: $id}) {"
            " order { status } userErrors { code } } }",
            id=order.id,
        )
        payload = socket.next(id)["confirmOrder"]
        assert payload == {"order": {"status": "CONFIRMED"}, "userErrors": []}
        assert socket.receive() == {"id": id, "type": "complete"}


def test_a_subscription_that_was_completed_is_silent(api: Api) -> None:
    order = new_order(api)
    with api.socket() as socket:
        ended = socket.subscribe(FOLLOW, id=order.id)
        kept = socket.subscribe(FOLLOW, id=order.id)
        assert {socket.receive()["id"], socket.receive()["id"]} == {ended, kept}
        socket.send(id=ended, type="complete")
        assert socket.is_idle()
        api.accepted("confirmOrder", orderId=order.id)
        assert shown(socket, kept)["version"] == 2
        assert socket.is_idle()


async def test_a_client_library_follows_an_order(api: Api) -> None:
    order = new_order(api)
    transport = WebsocketsTransport(api.url.replace("http", "ws", 1) + "/graphql")
    versions = []
    async with Client(transport=transport, fetch_schema_from_transport=False) as session:
        follow = gql(FOLLOW)
        follow.variable_values = {"id": order.id}
        async for result in session.subscribe(follow):
            versions.append(result["orderChanged"]["version"])
            if versions == [1, 2]:
                break
            api.accepted("confirmOrder", orderId=order.id)
    assert versions == [1, 2]


def test_a_subscription_goes_on_after_a_restart_where_it_was(tmp_path: Path) -> None:
    with serving_api(tmp_path) as (server, api):
        customer, product = new_customer(api), new_product(api, initialStock=10)
        order = new_order(api, customerId=customer.id, items=lines((product, 1)))
        with api.socket() as socket:
            seen = shown(socket, socket.subscribe(FOLLOW, id=order.id))
            server.process.kill()
            server.process.wait()
    with serving_api(tmp_path) as (_, api), api.socket() as socket:
        id = socket.subscribe(FOLLOW, id=order.id, after=seen["position"])
        assert socket.is_idle()
        confirmed = api.accepted("confirmOrder", orderId=order.id)
        assert shown(socket, id) == {
            "id": order.id,
            "status": "CONFIRMED",
            "version": 2,
            "position": confirmed.position,
        }
        again = {"customerId": customer.id, "items": lines((product, 9))}
        assert api.accepted("placeOrder", shippingAddress=ADDRESS, **again).version == 1

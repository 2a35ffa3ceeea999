"""A document that cannot be read ends its own subscriptions with an error that tells nothing of it,
and everybody else is served as before."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from bson import DatetimeMS
from pymongo import MongoClient
from pymongo.database import Database
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from readmodels.order import Order
from readmodels.order_list_item import OrderListItem
from tests.schema.edge import Edge

ORDER = "subscription($id: ID!) { orderChanged(id: $id) { status customerName } }"
ORDERS = (
    "subscription($customer: ID!) { ordersChanged(filter: {customerId: $customer})"
    " { order { status customerName } } }"
)


@pytest.fixture
def documents(edge: Edge, mongo_url: str) -> Iterator[Database[dict[str, Any]]]:
    with MongoClient[dict[str, Any]](mongo_url) as client:
        yield client["edge"]


@contextmanager
def damaged(
    edge: Edge, documents: Database[dict[str, Any]], order: str, field: str, value: object
) -> Iterator[None]:
    """One field of an order's documents, as it is not until the end."""
    stored = []
    for view in (Order, OrderListItem):
        collection = documents[edge.diptych.store.checkpoint(view).collection]
        before = collection.find_one_and_update({"_id": order}, {"$set": {field: value}})
        assert before is not None
        stored.append((collection, before[field]))
    try:
        yield
    finally:
        for collection, sound in stored:
            collection.update_one({"_id": order}, {"$set": {field: sound}})


def subscribe(socket: ClientConnection, name: str, query: str, /, **variables: str) -> None:
    payload = {"query": query, "variables": variables}
    socket.send(json.dumps({"type": "subscribe", "id": name, "payload": payload}))


def received(socket: ClientConnection, count: int) -> dict[str, tuple[str, Any]]:
    """The type and the payload of so many messages, by their ids."""
    messages = [json.loads(socket.recv(timeout=30)) for _ in range(count)]
    return {message["id"]: (message["type"], message["payload"]) for message in messages}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("customer_name", 7),
        # The driver itself could not tell this as a datetime.
        ("placed_at", DatetimeMS(2**60)),
    ],
)
def test_it_ends_its_own_subscriptions_and_no_others(
    edge: Edge,
    documents: Database[dict[str, Any]],
    caplog: pytest.LogCaptureFixture,
    field: str,
    value: object,
) -> None:
    customers = edge.new_customer(), edge.new_customer()
    bad, sound = (edge.new_order(customerId=customer) for customer in customers)
    protocol = [Subprotocol("graphql-transport-ws")]
    with connect(f"{edge.socket_url}/graphql", subprotocols=protocol) as socket:
        socket.send(json.dumps({"type": "connection_init"}))
        assert json.loads(socket.recv(timeout=30)) == {"type": "connection_ack"}

        def follow_damaged() -> None:
            subscribe(socket, "damaged", ORDER, id=bad)
            subscribe(socket, "its list", ORDERS, customer=customers[0])

        subscribe(socket, "sound", ORDER, id=sound)
        subscribe(socket, "other list", ORDERS, customer=customers[1])
        follow_damaged()
        assert {type for type, _ in received(socket, 4).values()} == {"next"}
        with damaged(edge, documents, bad, field, value):
            for order in (bad, sound):
                edge.command("confirmOrder", orderId=order)
            _check_ends(received(socket, 4), caplog)
            follow_damaged()
            for kind, errors in received(socket, 2).values():
                assert kind == "error"
                _check_masked(errors, caplog)
            asked = "query($id: ID!) { order(id: $id) { status } }"
            answer = edge.post(asked, {"id": bad}).json()
            assert answer["data"] == {"order": None}
            _check_masked(answer["errors"], caplog)
            assert edge.data(asked, id=sound) == {"order": {"status": "CONFIRMED"}}
        follow_damaged()
        state = {"status": "CONFIRMED", "customerName": "Ada"}
        assert received(socket, 2) == {
            "damaged": ("next", {"data": {"orderChanged": state}}),
            "its list": ("next", {"data": {"ordersChanged": {"order": state}}}),
        }


def _check_ends(messages: dict[str, tuple[str, Any]], caplog: pytest.LogCaptureFixture) -> None:
    state = {"status": "CONFIRMED", "customerName": "Ada"}
    assert messages["sound"] == ("next", {"data": {"orderChanged": state}})
    assert messages["other list"] == ("next", {"data": {"ordersChanged": {"order": state}}})
    for id in ("damaged", "its list"):
        kind, errors = messages[id]
        assert kind == "error"
        _check_masked(errors, caplog)


def _check_masked(errors: list[dict[str, Any]], caplog: pytest.LogCaptureFixture) -> None:
    (error,) = errors
    assert error["message"] == "Internal error"
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    number = error["extensions"]["requestId"]
    logged = [each for each in caplog.records if number in each.getMessage()]
    assert [each.levelno for each in logged] == [logging.ERROR]
    assert "cannot be read" in (logged[0].exc_text or str(logged[0].exc_info))

"""What clients are told when something of ours goes wrong, and what the log keeps of it."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
from collections.abc import Coroutine
from functools import partial
from typing import Any

import httpx
import pytest
from graphql import GraphQLError, Node, located_error

from commands.bus import CommandFault, Outcome, Unavailable
from commands.command import Command
from readmodels.order_list_item import OrderListItem
from readmodels.store import Store
from readmodels.store.connecting import connect
from readmodels.store.connection import Connection
from schema.serving import errors
from schema.serving.asgi import build
from schema.serving.execution import Response
from schema.writing import Handles
from tests.schema.edge import Edge

CONFIRM = 'mutation { confirmOrder(input: {orderId: "ord_x"}) { version } }'


class Failing:
    """A write side that fails in a given way."""

    def __init__(self, fault: Exception) -> None:
        self.fault = fault

    async def handle(
        self, command: Command, *, actor: str, idempotency_key: str | None = None
    ) -> Outcome:
        raise self.fault


class Waiting:
    """A write side that never answers; `asked` once it was."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def handle(
        self, command: Command, *, actor: str, idempotency_key: str | None = None
    ) -> Outcome:
        self.asked.set()
        await asyncio.Event().wait()
        raise AssertionError


async def answer_of(query: str, store: Store, bus: Handles) -> Any:
    """What the endpoint answers over these two sides."""
    app = build(store=store, bus=bus, read_wait=0.05, ready={})
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.post("/graphql", json={"query": query})
        assert answer.status_code == 200
        return answer.json()


async def answered(edge: Edge, query: str, fault: Exception) -> Any:
    """What it answers over a write side that fails."""
    asked = answer_of(query, edge.diptych.store, Failing(fault))
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(asked, edge.loop))


@pytest.mark.parametrize(
    "fault", [CommandFault("secret detail"), ZeroDivisionError("secret detail")]
)
async def test_a_fault_is_told_by_a_number_and_logged_once_under_it(
    edge: Edge, fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = await answered(edge, CONFIRM, fault)
    (error,) = answer["errors"]
    request_id = error["extensions"].pop("requestId")
    assert re.fullmatch("[0-9a-f]{16}", request_id)
    assert answer["data"] is None
    assert error == {
        "message": "Internal error",
        "locations": [{"line": 1, "column": 12}],
        "path": ["confirmOrder"],
        "extensions": {"code": "INTERNAL_SERVER_ERROR"},
    }
    (logged,) = (record for record in caplog.records if record.name == "diptych.api")
    assert logged.getMessage() == f"Internal error, request {request_id}, at confirmOrder"
    assert logged.exc_info is not None
    assert logged.exc_info[1] is fault


async def test_a_document_that_cannot_be_read_is_told_to_a_subscriber_by_a_number(
    edge: Edge, caplog: pytest.LogCaptureFixture
) -> None:
    customer = await asyncio.to_thread(edge.new_customer)
    order = await asyncio.to_thread(partial(edge.new_order, customerId=customer))
    shown = "query($c: ID!) { orders(filter: {customerId: $c}) { nodes { id } } }"
    head = str(await asyncio.to_thread(edge.head))
    listed = await asyncio.to_thread(partial(edge.data, shown, min_position=head, c=customer))
    assert listed["orders"]["nodes"] == [{"id": order}]
    store = edge.diptych.store
    collection = store._connection.collection(store.checkpoint(OrderListItem).collection)
    query = "subscription($c: ID!) { ordersChanged(filter: {customerId: $c}) { kind } }"

    async def put(name: object) -> None:
        await collection.update_one({"_id": order}, {"$set": {"customer_name": name}})

    await on_loop(edge, put(5))
    try:
        with caplog.at_level(logging.ERROR):
            kind, told = await asyncio.to_thread(edge.by_socket, query, {"c": customer})
    finally:
        await on_loop(edge, put("Ada"))
    (error,) = told
    request_id = error["extensions"].pop("requestId")
    assert (kind, error["message"]) == ("error", "Internal error")
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR"}
    (logged,) = (record for record in caplog.records if record.name == "diptych.api")
    assert request_id in logged.getMessage()
    assert logged.exc_info is not None
    assert order in str(logged.exc_info[1])


class Secret(Exception):
    """Has what GraphQL's own errors have; is nothing that a client did."""

    def __init__(self) -> None:
        super().__init__("secret detail")
        self.message = "secret detail"
        self.extensions = {"code": "BAD_USER_INPUT", "detail": "secret detail"}


@pytest.mark.parametrize(
    "fault",
    [
        Secret(),
        GraphQLError("secret detail"),
        GraphQLError("secret detail", Node()),
        TypeError("secret detail"),
        LookupError("secret detail"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_what_is_not_known_to_be_the_client_s_fault_is_told_by_a_number(
    fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    located = located_error(fault, [], ["order"])
    around = GraphQLError("secret detail", path=["order"], original_error=located)
    told = [*errors.told([located]), *errors.told([around]), *errors.told_fault(fault)]
    for error, logged in zip(told, caplog.records, strict=True):
        assert error["message"] == "Internal error"
        assert error["extensions"].keys() == {"code", "requestId"}
        assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        assert error["extensions"]["requestId"] in logged.getMessage()
        assert logged.exc_info is not None
        assert logged.exc_info[1] is fault


def test_what_broke_while_an_answer_was_made_leaves_no_word_of_it(edge: Edge) -> None:
    body = Response(data={"order": "\ud800"}, extensions={"position": "7"})
    encoded = json.loads(body.encoded())
    assert encoded["data"] is None
    assert encoded["extensions"] == {"position": "7"}
    (error,) = encoded["errors"]
    assert (error["message"], error["extensions"]["code"]) == (
        "Internal error",
        "INTERNAL_SERVER_ERROR",
    )


@pytest.mark.parametrize(
    ("path", "query", "variables", "status"),
    [
        ("schema.serving.execution.wrong_arguments", "{ __typename }", {}, 500),
        ("schema.serving.operations.validate", "{ a: __typename }", {}, 500),
        ("schema.serving.execution.BoundedExecutor.execute_operation", "{ __typename }", {}, 200),
    ],
)
def test_a_fault_anywhere_on_the_way_is_an_answer_like_any_other(
    edge: Edge,
    path: str,
    query: str,
    variables: dict[str, Any],
    status: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(path, broken)
    answer = edge.post(query, variables)
    assert answer.status_code == status
    (error,) = answer.json()["errors"]
    assert error["message"] == "Internal error"
    assert error["extensions"].keys() == {"code", "requestId"}
    assert ("data" in answer.json()) is (status == 200)
    kind, payload = edge.by_socket(query, variables)
    assert kind == ("next" if status == 200 else "error")
    assert "secret detail" not in json.dumps(payload)
    assert "INTERNAL_SERVER_ERROR" in json.dumps(payload)


async def on_loop(edge: Edge, work: Coroutine[Any, Any, None]) -> None:
    await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, edge.loop))


async def test_an_unreachable_write_store_is_said_to_be_so(edge: Edge) -> None:
    answer = await answered(edge, CONFIRM, Unavailable("The write store is not available."))
    assert [(error["message"], error["extensions"]) for error in answer["errors"]] == [
        ("The write store is not available.", {"code": "UNAVAILABLE"})
    ]


async def test_an_unreachable_read_store_is_said_to_be_so(
    edge: Edge, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if nothing had been logged of it within the last minute.
    monkeypatch.setattr(errors, "_READ_STORE_AWAY", errors.ReadStoreAway())
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    query = '{ order(id: "ord_x") { id } customer(id: "cus_x") { id } }'

    async def ask() -> Any:
        driver = connect(f"mongodb://127.0.0.1:{port}/", "nowhere", "motor")
        async with Store(Connection(driver)) as store:
            return await answer_of(query, store, Failing(Unavailable("unused")))

    answer = await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(ask(), edge.loop))
    assert answer["data"] == {"order": None, "customer": None}
    assert [error["extensions"] for error in answer["errors"]] == [{"code": "UNAVAILABLE"}] * 2
    # Where it is, and what its driver says of it, is the log's.
    assert {error["message"] for error in answer["errors"]} == {
        "The read store is not available; ask again later."
    }
    logged = [record for record in caplog.records if record.name == "diptych.api"]
    assert [f"127.0.0.1:{port}" in record.getMessage() for record in logged] == [True]


async def test_a_view_that_has_not_come_so_far_is_said_to_be_stale(edge: Edge) -> None:
    query = '{ order(id: "ord_x", minPosition: "999999999") { id } customer(id: "cus_x") { id } }'
    answer = await answered(edge, query, Unavailable("unused"))
    assert answer["data"] == {"order": None, "customer": None}
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]) == (["order"], {"code": "STALE_READ"})
    assert re.fullmatch(
        r"The view order shows position \d+, not yet 999999999; read it again\.", error["message"]
    )


def test_nothing_is_recorded_of_what_is_refused(edge: Edge) -> None:
    order = edge.new_order()

    def head() -> int:
        future = asyncio.run_coroutine_threadsafe(edge.diptych.feed.head(), edge.loop)
        return future.result(10)

    before = head()
    for name, input, expected in REFUSALS:
        given = {"orderId": order} | input
        if name == "placeOrder":
            del given["orderId"]
        payload = edge.command(name, **given)
        assert (payload["position"], payload["version"], payload["orderId"]) == (None, None, None)
        found = [(error["code"], error["field"]) for error in payload["userErrors"]]
        assert found == expected
    assert head() == before


PLACED = {
    "customerId": "cus_none",
    "items": [{"productId": "prd_none", "quantity": 1}],
    "shippingAddress": {"line1": "1 Quay", "city": "Cork", "country": "IE"},
}
REFUSALS: list[tuple[str, dict[str, Any], list[tuple[str, list[str]]]]] = [
    ("confirmOrder", {"orderId": "ord_none"}, [("NOT_FOUND", ["orderId"])]),
    ("confirmOrder", {"orderId": "\x00"}, [("NOT_FOUND", ["orderId"])]),
    ("confirmOrder", {"expectedVersion": 7}, [("CONFLICT", ["expectedVersion"])]),
    ("confirmOrder", {"idempotencyKey": "k" * 201}, [("INVALID_INPUT", ["idempotencyKey"])]),
    ("deliverOrder", {}, [("ORDER_NOT_SHIPPED", ["orderId"])]),
    ("cancelOrder", {"reason": "x" * 500_000}, [("INVALID_INPUT", ["reason"])]),
    ("placeOrder", PLACED, [("NOT_FOUND", ["customerId"])]),
    ("placeOrder", PLACED | {"items": []}, [("INVALID_INPUT", ["items"])]),
    (
        "placeOrder",
        PLACED | {"items": [{"productId": "x", "quantity": 0}, {"productId": "x", "quantity": -1}]},
        [
            ("INVALID_INPUT", ["items", "0", "quantity"]),
            ("INVALID_INPUT", ["items", "1", "quantity"]),
        ],
    ),
    (
        "placeOrder",
        PLACED | {"items": [{"productId": "x", "quantity": 2_147_483_647}]},
        [("INVALID_INPUT", ["items", "0", "quantity"])],
    ),
    (
        "placeOrder",
        PLACED
        | {
            "shippingAddress": {
                "line1": "a\x00",
                "city": "",
                "country": "IE",
                "postalCode": "9" * 501,
            }
        },
        [
            ("INVALID_INPUT", ["shippingAddress", "line1"]),
            ("INVALID_INPUT", ["shippingAddress", "city"]),
            ("INVALID_INPUT", ["shippingAddress", "postalCode"]),
        ],
    ),
]


def test_a_wrong_price_is_refused_by_field(edge: Edge) -> None:
    product = edge.new_product()

    def refused(amount: str, currency: str = "EUR") -> list[tuple[str, list[str]]]:
        price = {"amount": amount, "currency": currency}
        payload = edge.command("changePrice", productId=product, price=price)
        return [(error["code"], error["field"]) for error in payload["userErrors"]]

    assert refused("1.005") == [("INVALID_INPUT", ["price", "amount"])]
    assert refused("-1") == [("INVALID_INPUT", ["price", "amount"])]
    assert refused("100000000.01") == [("INVALID_INPUT", ["price", "amount"])]
    assert refused("9" * 30) == [("INVALID_INPUT", ["price", "amount"])]
    assert refused("1", "ZZZ") == [("INVALID_INPUT", ["price", "currency"])]
    assert refused("1", "USD") == [("CURRENCY_MISMATCH", ["price", "currency"])]
    assert refused("100000000") == []


@pytest.mark.parametrize("written_out", [True, False])
def test_an_order_of_2000_lines_is_taken(edge: Edge, written_out: bool) -> None:
    product, customer = edge.new_product(stock=2_000), edge.new_customer()
    if written_out:
        line = f'{{productId: "{product}", quantity: 1}}'
        address = '{line1: "1 Quay", city: "Cork", country: "IE"}'
        query = (
            f'mutation {{ placeOrder(input: {{customerId: "{customer}", items: [{line * 2_000}],'
            f" shippingAddress: {address}}}) {{ userErrors {{ code }} order {{ itemCount }} }} }}"
        )
        placed = edge.data(query)["placeOrder"]
    else:
        query = (
            "mutation($input: PlaceOrderInput!) { placeOrder(input: $input) {"
            " userErrors { code } order { itemCount } } }"
        )
        items = [{"productId": product, "quantity": 1}] * 2_000
        placed = edge.data(query, input=PLACED | {"customerId": customer, "items": items})[
            "placeOrder"
        ]
    assert placed == {"userErrors": [], "order": {"itemCount": 1}}


async def test_a_command_that_a_stopping_server_cuts_off_is_told_so(edge: Edge) -> None:
    bus = Waiting()
    app = build(store=edge.diptych.store, bus=bus, read_wait=0.05, ready={})
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        asking = asyncio.create_task(client.post("/graphql", json={"query": CONFIRM}))
        await bus.asked.wait()
        asking.cancel()
        answer = await asking
    assert answer.status_code == 503
    assert (answer.json()["data"], answer.json()["extensions"]) == (None, {"position": None})
    (error,) = answer.json()["errors"]
    assert error["extensions"] == {"code": "OUTCOME_UNKNOWN"}
    assert "idempotencyKey" in error["message"]


@pytest.mark.parametrize(
    ("body", "ran"),
    [
        (b'{"query": "{ order(id: \\"ord_x\\", minPosition: \\"999999999\\") { id } }"}', True),
        (None, False),
    ],
    ids=["while it waited", "before all of it had come"],
)
async def test_what_records_nothing_is_unavailable_where_a_stopping_server_cuts_it_off(
    edge: Edge, body: bytes | None, ran: bool
) -> None:
    app = build(store=edge.diptych.store, bus=Waiting(), read_wait=30.0, ready={})
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }
    sent: list[Any] = []
    asked = asyncio.Event()

    async def receive() -> Any:
        if body is None or asked.is_set():
            asked.set()
            await asyncio.Event().wait()
        asked.set()
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        sent.append(message)

    async def cut_off() -> None:
        serving = asyncio.create_task(app(scope, receive, send))
        await asked.wait()
        # Whatever is ready runs: the request waits for a position then, or for its body.
        for _ in range(50):
            await asyncio.sleep(0)
        serving.cancel()
        await serving

    await on_loop(edge, cut_off())
    assert sent[0]["status"] == 503
    answer = json.loads(sent[1]["body"])
    assert answer == {
        "errors": [
            {
                "message": "The server is stopping; nothing was recorded.",
                "extensions": {"code": "UNAVAILABLE"},
            }
        ]
    } | ({"data": None} if ran else {})

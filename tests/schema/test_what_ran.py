"""Whether anything of a request ran is told by its answer: without data nothing has."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from commands.bus import Outcome, Unavailable
from commands.command import Command
from schema.serving.asgi import build
from schema.writing import Handles
from tests.schema.edge import ADDRESS, Edge

GRAPHQL = {"accept": "application/graphql-response+json"}

RECEIVE = "receiveStock(input: {productId: $p, quantity: 1}) { position"
ADDRESS_TEXT = '{line1: "1 Quay", city: "Cork", country: "IE"}'

NULL_WHERE_NONE_IS_TAKEN: dict[str, tuple[str, dict[str, Any]]] = {
    "a field of the payload": (
        f"mutation($p: ID!, $v: Boolean = false) {{ {RECEIVE}"
        " product @include(if: $v) { sku } } }",
        {"v": None},
    ),
    "a field below the document": (
        f"mutation($p: ID!, $v: Boolean = true) {{ {RECEIVE}"
        " product { price { amount @skip(if: $v) } } } }",
        {"v": None},
    ),
    "a root field": (
        f"mutation($p: ID!, $v: Boolean = true) {{ a: {RECEIVE} }}"
        " b: receiveStock(input: {productId: $p, quantity: 1}) @skip(if: $v) { position } }",
        {"v": None},
    ),
    "an inline fragment": (
        f"mutation($p: ID!, $v: Boolean = true) {{ {RECEIVE} }}"
        " ... @include(if: $v) { __typename } }",
        {"v": None},
    ),
    "a fragment's spread": (
        f"mutation($p: ID!, $v: Boolean = true) {{ {RECEIVE} ...F @include(if: $v) }} }}"
        " fragment F on ProductPayload { version }",
        {"v": None},
    ),
    "inside a fragment in a fragment": (
        f"mutation($p: ID!, $v: Boolean = true) {{ ...A }} fragment A on Mutation {{ {RECEIVE}"
        " ...B } } fragment B on ProductPayload { product { sku @include(if: $v) } }",
        {"v": None},
    ),
    "an input's field of the second root field": (
        f"mutation($p: ID!, $v: Int = 3) {{ a: {RECEIVE} }}"
        " b: receiveStock(input: {productId: $p, quantity: $v}) { position } }",
        {"v": None},
    ),
    "a whole input": (
        f'mutation($p: ID!, $v: ConfirmOrderInput = {{orderId: "x"}}) {{ a: {RECEIVE} }}'
        " b: confirmOrder(input: $v) { version } }",
        {"v": None},
    ),
    "an input in an input": (
        f'mutation($p: ID!, $v: MoneyInput = {{amount: "1", currency: "EUR"}}) {{'
        f" a: {RECEIVE} }} b: changePrice(input: {{productId: $p, price: $v}}) {{ version }} }}",
        {"v": None},
    ),
    "a field of an input in an input": (
        f'mutation($p: ID!, $v: Decimal = "1.00") {{ a: {RECEIVE} }} b: changePrice(input:'
        ' {productId: $p, price: {amount: $v, currency: "EUR"}}) { version } }',
        {"v": None},
    ),
    "a list": (
        f"mutation($p: ID!, $v: [OrderItemInput!] = []) {{ a: {RECEIVE} }} b: placeOrder(input:"
        f' {{customerId: "x", items: $v, shippingAddress: {ADDRESS_TEXT}}}) {{ version }} }}',
        {"v": None},
    ),
    "an entry of a list": (
        f'mutation($p: ID!, $v: OrderItemInput = {{productId: "x", quantity: 1}}) {{'
        f' a: {RECEIVE} }} b: placeOrder(input: {{customerId: "x", items: [$v],'
        f" shippingAddress: {ADDRESS_TEXT}}}) {{ version }} }}",
        {"v": None},
    ),
    "a field of an entry of a list": (
        f"mutation($p: ID!, $v: Int = 1) {{ a: {RECEIVE} }} b: placeOrder(input:"
        ' {customerId: "x", items: [{productId: $p, quantity: 1}, {productId: $p, quantity: $v}],'
        f" shippingAddress: {ADDRESS_TEXT}}}) {{ version }} }}",
        {"v": None},
    ),
    "an argument of a query": (
        'query($v: ID = "x") { __typename order(id: $v) { id } }',
        {"v": None},
    ),
    "an enum in a list in a filter": (
        "query($v: OrderStatus = PENDING) { orders(filter: {status: [$v]}) { position } }",
        {"v": None},
    ),
    "an argument of introspection": (
        'query($v: String = "Order") { __type(name: $v) { name } }',
        {"v": None},
    ),
    "a kind of node, whichever comes": (
        'query($v: Boolean = true) { node(id: "prd_x") { ... on Order { id @skip(if: $v) } } }',
        {"v": None},
    ),
}


@pytest.fixture(scope="module")
def product(edge: Edge) -> str:
    return edge.new_product()


@pytest.mark.parametrize("where", NULL_WHERE_NONE_IS_TAKEN)
def test_a_variable_that_is_null_where_none_is_taken_is_refused_before_anything_runs(
    edge: Edge, product: str, where: str
) -> None:
    query, variables = NULL_WHERE_NONE_IS_TAKEN[where]
    given = {"p": product} | variables
    head = edge.head()
    answer = edge.http.post("/graphql", json={"query": query, "variables": given}, headers=GRAPHQL)
    assert answer.status_code == 400, answer.text
    (error,) = answer.json()["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert "$v" in error["message"]
    assert error["locations"]
    assert answer.json().keys() == {"errors"}
    kind, payload = edge.by_socket(query, given)
    assert (kind, payload) == ("error", answer.json()["errors"])
    assert edge.head() == head


@pytest.mark.parametrize(
    "query",
    [
        'subscription($v: Boolean = true) { orderChanged(id: "x") { status @skip(if: $v) } }',
        'subscription($v: ID = "x") { orderChanged(id: $v) { status } }',
        "subscription($v: OrderStatus = PENDING) {"
        " ordersChanged(filter: {status: [$v]}) { order { id } } }",
        'subscription($v: CurrencyCode = "EUR") {'
        ' salesChanged(day: "2026-01-01", currency: $v) { day } }',
    ],
)
def test_a_subscription_with_such_a_null_does_not_begin(edge: Edge, query: str) -> None:
    kind, errors = edge.by_socket(query, {"v": None})
    (error,) = errors
    assert (kind, error["extensions"]) == ("error", {"code": "BAD_USER_INPUT"})
    assert "$v" in error["message"]


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (NULL_WHERE_NONE_IS_TAKEN["a field of the payload"][0], {}),
        (NULL_WHERE_NONE_IS_TAKEN["an input's field of the second root field"][0], {}),
        (
            f"mutation($p: ID!, $v: Boolean = true, $no: Boolean!) {{ {RECEIVE}"
            " product @include(if: $no) { sku @skip(if: $v) } } }",
            {"v": None, "no": False},
        ),
        (
            f"mutation($p: ID!, $v: Int = 3) {{ a: {RECEIVE} }} b: receiveStock(input:"
            " {productId: $p, quantity: $v}) @skip(if: true) { position } }",
            {"v": None},
        ),
        (
            f"mutation($p: ID!, $v: Boolean = true) {{ {RECEIVE}"
            " version @include(if: $v) @skip(if: true) } }",
            {"v": None},
        ),
        (
            f"mutation($p: ID!, $v: Boolean = true) {{ {RECEIVE} ...F @skip(if: true) }} }}"
            " fragment F on ProductPayload { version @skip(if: $v) }",
            {"v": None},
        ),
        (
            "mutation($p: ID!, $v: Int = 7) { receiveStock(input: {productId: $p, quantity: 1,"
            " idempotencyKey: null}) { position } changeProduct(input: {productId: $p,"
            ' name: "Lamp", expectedVersion: $v}) { userErrors { code } } }',
            {"v": None},
        ),
    ],
    ids=[
        "left out, with a default",
        "left out of an input, with a default",
        "below what is skipped",
        "in an argument of what is skipped",
        "beside what skips it",
        "in a fragment that is skipped",
        "where null is taken",
    ],
)
def test_a_null_that_nobody_meets_refuses_nothing(
    edge: Edge, product: str, query: str, variables: dict[str, Any]
) -> None:
    data = edge.data(query, p=product, **variables)
    assert None not in data.values()


def test_null_means_the_default_of_an_argument_that_may_be_left_out(edge: Edge) -> None:
    query = (
        "query($n: Int = 1, $sort: ProductSort = PRICE_DESC, $filter: ProductFilter) {"
        " products(first: $n, sort: $sort, filter: $filter) { pageInfo { hasPreviousPage } } }"
    )
    assert edge.data(query, n=None, sort=None, filter=None)["products"] == {
        "pageInfo": {"hasPreviousPage": False}
    }


LONG = "x" * 1_001
IDS = ", ".join(['"ord_x"'] * 101)


@pytest.mark.parametrize(
    ("field", "selection"),
    [
        ("orders(first: 0)", "{ position }"),
        ("orders(first: 1, last: 1)", "{ position }"),
        ('orders(after: "none of ours")', "{ position }"),
        ('products(filter: {text: "lamp"}, before: "none of ours")', "{ position }"),
        (f'products(filter: {{text: "{LONG}"}})', "{ position }"),
        (f"nodes(ids: [{IDS}])", "{ id }"),
        ('sales(from: "2025-01-01", to: "2026-01-02")', "{ day }"),
    ],
)
def test_an_argument_that_a_query_refuses_refuses_the_whole_request(
    edge: Edge, field: str, selection: str
) -> None:
    query = (
        'query($skip: Boolean!) { first: order(id: "ord_x") { id } ...F }'
        f" fragment F on Query {{ b: {field} @skip(if: $skip) {selection} }}"
    )
    asked = {"query": query, "variables": {"skip": False}}
    answer = edge.http.post("/graphql", json=asked, headers=GRAPHQL)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert error["path"] == ["b"]
    assert answer.json().keys() == {"errors"}
    assert edge.by_socket(query, {"skip": False}) == ("error", answer.json()["errors"])
    assert edge.data(query, skip=True) == {"first": None}


class FailsAfter:
    """The write side, which is away after its first answers."""

    def __init__(self, bus: Handles, answers: int) -> None:
        self._bus = bus
        self._left = answers

    async def handle(
        self, command: Command, *, actor: str, idempotency_key: str | None = None
    ) -> Outcome:
        if self._left == 0:
            raise Unavailable("The write store is not available; nothing was recorded.")
        self._left -= 1
        return await self._bus.handle(command, actor=actor, idempotency_key=idempotency_key)


def test_what_was_recorded_before_a_field_failed_has_its_position_and_data(
    edge: Edge, product: str
) -> None:
    query = f"mutation {{ a: {RECEIVE} }} b: {RECEIVE} }} }}".replace("$p", f'"{product}"')

    async def ask() -> httpx.Response:
        bus = FailsAfter(edge.diptych.bus, 1)
        app = build(store=edge.diptych.store, bus=bus, read_wait=0.05, ready={})
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.post("/graphql", json={"query": query}, headers=GRAPHQL)

    answer = asyncio.run_coroutine_threadsafe(ask(), edge.loop).result(30)
    assert answer.status_code == 200
    body = answer.json()
    assert [(error["path"], error["extensions"]["code"]) for error in body["errors"]] == [
        (["b"], "UNAVAILABLE")
    ]
    assert body["data"] is None
    assert body["extensions"] == {"position": str(edge.head())}


def test_a_document_that_was_not_shown_in_time_leaves_the_rest_of_the_answer(edge: Edge) -> None:
    query = (
        "mutation($input: PlaceOrderInput!) { placeOrder(input: $input) {"
        " orderId position order { id } } }"
    )
    items = [{"productId": edge.new_product(), "quantity": 1}]
    given = {"customerId": edge.new_customer(), "items": items, "shippingAddress": ADDRESS}
    body = edge.post(query, {"input": given}, minPosition="999999999").json()
    assert [error["extensions"] for error in body["errors"]] == [{"code": "STALE_READ"}]
    placed = body["data"]["placeOrder"]
    assert placed["orderId"].startswith("ord_")
    assert placed["order"] is None
    assert body["extensions"] == {"position": placed["position"]}


class StallsAfter(FailsAfter):
    """The same, silent after its first answers; `stalled` once it is."""

    def __init__(self, bus: Handles, answers: int) -> None:
        super().__init__(bus, answers)
        self.stalled = asyncio.Event()

    async def handle(
        self, command: Command, *, actor: str, idempotency_key: str | None = None
    ) -> Outcome:
        if self._left == 0:
            self.stalled.set()
            await asyncio.Event().wait()
        return await super().handle(command, actor=actor, idempotency_key=idempotency_key)


def test_what_was_recorded_before_a_stopping_server_cut_it_off_has_its_position(
    edge: Edge, product: str
) -> None:
    query = f"mutation {{ a: {RECEIVE} }} b: {RECEIVE} }} }}".replace("$p", f'"{product}"')

    async def ask() -> httpx.Response:
        bus = StallsAfter(edge.diptych.bus, 1)
        app = build(store=edge.diptych.store, bus=bus, read_wait=0.05, ready={})
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            asking = asyncio.create_task(client.post("/graphql", json={"query": query}))
            await bus.stalled.wait()
            asking.cancel()
            return await asking

    answer = asyncio.run_coroutine_threadsafe(ask(), edge.loop).result(30)
    assert answer.status_code == 503
    body = answer.json()
    assert [error["extensions"] for error in body["errors"]] == [{"code": "OUTCOME_UNKNOWN"}]
    assert (body["data"], body["extensions"]) == (None, {"position": str(edge.head())})

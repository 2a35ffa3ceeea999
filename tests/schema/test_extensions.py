"""What a request's extensions ask of all that it reads, and what a mutation's response says of what
it recorded."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from schema.serving.asgi import build
from tests.schema.edge import ADDRESS, Edge

LATER = "999999999"
GRAPHQL = {"accept": "application/graphql-response+json"}

READS = [
    'node(id: "ord_x") { id }',
    'nodes(ids: ["ord_x", "prd_x"]) { id }',
    'order(id: "ord_x") { id }',
    'orderByReference(reference: "none") { id }',
    "orders(first: 1) { position }",
    'orderTimeline(orderId: "ord_x") { event }',
    'product(id: "prd_x") { id }',
    'productBySku(sku: "none") { id }',
    "products(first: 1) { position }",
    'categoryStats(category: "none") { category }',
    'customer(id: "cus_x") { id }',
    "customers(first: 1) { position }",
    'sales(from: "2026-01-01", to: "2026-01-02") { day }',
]


def answer_of(edge: Edge, query: str, **extensions: Any) -> Any:
    """What an endpoint answers over the same stores that waits for next to no time."""

    async def ask() -> Any:
        app = build(store=edge.diptych.store, bus=edge.diptych.bus, read_wait=0.05, ready={})
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            asked = {"query": query, "extensions": extensions}
            return (await client.post("/graphql", json=asked)).json()

    return asyncio.run_coroutine_threadsafe(ask(), edge.loop).result(30)


def codes(answer: Any) -> list[str]:
    return [error["extensions"]["code"] for error in answer.get("errors", ())]


@pytest.mark.parametrize("read", READS)
def test_everything_that_is_read_waits_for_the_position_of_the_request(
    edge: Edge, read: str
) -> None:
    assert codes(answer_of(edge, f"{{ {read} }}", minPosition=LATER)) == ["STALE_READ"]
    assert codes(answer_of(edge, f"{{ {read} }}", minPosition="0")) == []
    assert codes(answer_of(edge, f"{{ {read} }}", minPosition=None)) == []


def test_of_the_request_s_position_and_an_argument_s_the_later_one_counts(edge: Edge) -> None:
    read = '{ order(id: "ord_x", minPosition: "%s") { id } }'
    assert codes(answer_of(edge, read % "0", minPosition=LATER)) == ["STALE_READ"]
    assert codes(answer_of(edge, read % LATER, minPosition="0")) == ["STALE_READ"]
    assert codes(answer_of(edge, read % "0", minPosition="0")) == []


def test_it_is_asked_for_by_post_by_get_and_over_a_socket(edge: Edge) -> None:
    customer = edge.new_customer()
    position = edge.command("changeCustomer", customerId=customer, name="Grace")["position"]
    query = "query($id: ID!) { node(id: $id) { ... on Customer { name } } }"
    expected = {"data": {"node": {"name": "Grace"}}}
    variables = {"id": customer}
    assert edge.post(query, variables, minPosition=position).json() == expected
    asked = {
        "query": query,
        "variables": json.dumps(variables),
        "extensions": json.dumps({"minPosition": position}),
    }
    assert edge.http.get("/graphql", params=asked, headers=GRAPHQL).json() == expected
    assert edge.by_socket(query, variables, minPosition=position) == ("next", expected)

    # Read at once, each shows the change before it.
    for number in range(5):
        changed = edge.command("changeCustomer", customerId=customer, name=f"Grace {number}")
        at = changed["position"]
        assert edge.data(query, min_position=at, id=customer)["node"]["name"] == f"Grace {number}"


@pytest.mark.parametrize("given", [7, "", "x", "-1", "01", "9" * 19, True, ["1"], {}])
def test_what_is_no_position_is_refused(edge: Edge, given: Any) -> None:
    asked = {"query": "{ __typename }", "extensions": {"minPosition": given}}
    answer = edge.http.post("/graphql", json=asked, headers=GRAPHQL)
    assert (answer.status_code, codes(answer.json())) == (400, ["BAD_USER_INPUT"])
    assert answer.json()["errors"][0]["message"].startswith("`extensions.minPosition`: ")
    assert answer.json().keys() == {"errors"}
    by_get = {"query": "{ __typename }", "extensions": json.dumps({"minPosition": given})}
    assert edge.http.get("/graphql", params=by_get, headers=GRAPHQL).json() == answer.json()
    kind, errors = edge.by_socket("{ __typename }", minPosition=given)
    assert (kind, errors) == ("error", answer.json()["errors"])


@pytest.mark.parametrize(
    "subscription",
    [
        'subscription { orderChanged(id: "ord_x") { id } }',
        'subscription { ordersChanged(filter: {customerId: "cus_x"}) { kind } }',
        'subscription { productChanged(id: "prd_x") { id } }',
        'subscription { salesChanged(day: "2026-01-01", currency: "EUR") { day } }',
    ],
)
def test_a_subscription_begins_once_its_view_shows_the_position(
    edge: Edge, subscription: str
) -> None:
    kind, errors = edge.by_socket(subscription, minPosition=LATER)
    assert (kind, [error["extensions"] for error in errors]) == ("error", [{"code": "STALE_READ"}])


def test_a_subscription_begins_with_what_the_position_made(edge: Edge) -> None:
    query = "subscription($id: ID!) { orderChanged(id: $id) { status } }"
    order = edge.new_order()
    position = edge.command("confirmOrder", orderId=order)["position"]
    kind, answer = edge.by_socket(query, {"id": order}, minPosition=position)
    assert (kind, answer) == ("next", {"data": {"orderChanged": {"status": "CONFIRMED"}}})


RECEIVE = "receiveStock(input: {productId: $p, quantity: $q, idempotencyKey: $k}) { position }"
RECEIVE_TWICE = f"""mutation($p: ID!, $q: Int = 1, $k: String) {{
  a: {RECEIVE} b: receiveStock(input: {{productId: $p, quantity: 1}}) {{ position }} }}"""
RECEIVE_ONCE = f"mutation($p: ID!, $q: Int = 1, $k: String) {{ {RECEIVE} }}"


def test_the_response_to_a_mutation_has_the_last_position_that_it_recorded(edge: Edge) -> None:
    product = edge.new_product()
    for by_socket in (False, True):
        variables = {"p": product}
        if by_socket:
            kind, answer = edge.by_socket(RECEIVE_TWICE, variables)
            assert kind == "next"
        else:
            answer = edge.post(RECEIVE_TWICE, variables).json()
        last = edge.head()
        assert answer == {
            "data": {"a": {"position": str(last - 1)}, "b": {"position": str(last)}},
            "extensions": {"position": str(last)},
        }


def test_it_says_null_where_nothing_was_recorded(edge: Edge) -> None:
    product = edge.new_product()
    answer = edge.post(RECEIVE_ONCE, {"p": product, "q": 0}).json()
    assert answer == {
        "data": {"receiveStock": {"position": None}},
        "extensions": {"position": None},
    }
    # What one field recorded stands, whatever becomes of another.
    mixed = RECEIVE_TWICE.replace("quantity: 1}", "quantity: 0}")
    recorded = edge.post(mixed, {"p": product}).json()
    last = str(edge.head())
    assert recorded == {
        "data": {"a": {"position": last}, "b": {"position": None}},
        "extensions": {"position": last},
    }


def test_the_same_key_is_answered_the_same_position(edge: Edge) -> None:
    variables = {"p": edge.new_product(), "k": "position-of-a-repeated-key"}
    first = edge.post(RECEIVE_ONCE, variables).json()
    edge.new_customer()
    head = edge.head()
    assert edge.post(RECEIVE_ONCE, variables).json() == first
    assert first["extensions"] == {"position": first["data"]["receiveStock"]["position"]}
    assert edge.by_socket(RECEIVE_ONCE, variables) == ("next", first)
    assert edge.head() == head
    # A later field that repeats an earlier answer takes nothing back.
    both = RECEIVE_TWICE.replace("a: ", "c: ", 1).replace("b: ", "a: ", 1)
    answer = edge.post(both, variables).json()
    assert answer["data"]["c"] == first["data"]["receiveStock"]
    assert answer["extensions"] == {"position": str(edge.head())}


def test_documents_on_payloads_are_as_new_as_the_request_asks(edge: Edge) -> None:
    line = f'{{productId: "{edge.new_product()}", quantity: 1}}'
    address = ", ".join(f'{name}: "{value}"' for name, value in ADDRESS.items())
    given = (
        f'{{customerId: "{edge.new_customer()}", items: [{line}], shippingAddress: {{{address}}}}}'
    )
    query = f"mutation {{ placeOrder(input: {given}) {{ position order {{ status }} }} }}"
    stale = answer_of(edge, query, minPosition=LATER)
    assert codes(stale) == ["STALE_READ"]
    assert stale["data"]["placeOrder"]["order"] is None
    assert stale["extensions"] == {"position": stale["data"]["placeOrder"]["position"]}
    placed = edge.data(query, min_position="0")["placeOrder"]
    assert placed["order"] == {"status": "PENDING"}


def test_a_query_and_what_did_not_run_have_no_position(edge: Edge) -> None:
    assert edge.post("{ __typename }").json() == {"data": {"__typename": "Query"}}
    assert edge.post("mutation { confirmOrder { version } }").json().keys() == {"errors"}

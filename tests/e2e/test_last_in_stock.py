"""Many clients at once, after the last of one product."""

from __future__ import annotations

import asyncio
from collections import Counter

import httpx

from tests.e2e.server import PATIENCE, Api, Json, Log, operation
from tests.e2e.shop import ADDRESS, eur, lines, new_customer, new_product

IN_STOCK, CLIENTS = 100, 200


async def test_of_two_hundred_orders_at_once_exactly_as_many_are_accepted_as_are_in_stock(
    api: Api, log: Log
) -> None:
    customer, product = new_customer(api), new_product(api, initialStock=IN_STOCK)
    head = log.head()
    order = {
        "customerId": customer.id,
        "items": lines((product, 1)),
        "shippingAddress": ADDRESS,
    }
    request = {"query": operation("placeOrder"), "variables": {"input": order}}
    limits = httpx.Limits(max_connections=CLIENTS)
    async with httpx.AsyncClient(base_url=api.url, timeout=PATIENCE, limits=limits) as client:
        responses = await asyncio.gather(
            *(client.post("/graphql", json=request) for _ in range(CLIENTS))
        )
    payloads = [response.json()["data"]["placeOrder"] for response in responses]

    accepted = [payload for payload in payloads if not payload["userErrors"]]
    refused = [payload for payload in payloads if payload["userErrors"]]
    assert (len(accepted), len(refused)) == (IN_STOCK, CLIENTS - IN_STOCK)
    assert len({payload["id"] for payload in accepted}) == IN_STOCK
    wrong = Counter(
        (error["code"], *error["field"]) for payload in refused for error in payload["userErrors"]
    )
    assert wrong == {("OUT_OF_STOCK", "items", "0", "quantity"): CLIENTS - IN_STOCK}
    # Each order recorded itself and its reservation, and nothing else was recorded.
    assert log.head() == head + 2 * IN_STOCK

    shown: Json = api.data(
        "query Read($c: ID!, $p: ID!, $m: Position, $f: OrderFilter) {"
        " product(id: $p, minPosition: $m) { onHand reserved available unitsSold }"
        " customer(id: $c, minPosition: $m) {"
        "   orderCount openOrderCount lifetimeValue { amount currency } }"
        " orders(first: 100, filter: $f, minPosition: $m) {"
        "   nodes { id status } pageInfo { hasNextPage } } }",
        c=customer.id,
        p=product.id,
        m=str(log.head()),
        f={"customerId": customer.id},
    )
    assert shown["product"] == {
        "onHand": IN_STOCK,
        "reserved": IN_STOCK,
        "available": 0,
        "unitsSold": str(IN_STOCK),
    }
    assert shown["customer"] == {
        "orderCount": IN_STOCK,
        "openOrderCount": IN_STOCK,
        "lifetimeValue": [eur("1000.00")],
    }
    assert {node["id"] for node in shown["orders"]["nodes"]} == {each["id"] for each in accepted}
    assert shown["orders"]["pageInfo"]["hasNextPage"] is False

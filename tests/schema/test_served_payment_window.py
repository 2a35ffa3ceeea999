"""A real server cancels what nobody confirmed, also when it was killed meanwhile."""

import signal
from pathlib import Path
from typing import Any

import httpx

from tests.schema.edge import ADDRESS
from tests.schema.running import Server, serving


def data(server: Server, query: str, /, **variables: Any) -> Any:
    body = {"query": query, "variables": variables}
    answer = httpx.post(f"{server.url}/graphql", json=body, timeout=30).json()
    assert "errors" not in answer, answer
    return answer["data"]


def command(server: Server, name: str, /, **input: Any) -> Any:
    kind, noun = name[0].upper() + name[1:], name.removeprefix("register").removeprefix("place")
    query = (
        f"mutation($input: {kind}Input!) {{ {name}(input: $input)"
        f" {{ {noun.lower()}Id position userErrors {{ code }} }} }}"
    )
    payload = data(server, query, input=input)[name]
    assert payload["userErrors"] == []
    return payload


def test_an_order_is_cancelled_in_time_though_the_server_was_killed(tmp_path: Path) -> None:
    with serving(tmp_path, DIPTYCH_PAYMENT_WINDOW="1s") as killed:
        who = command(killed, "registerCustomer", name="Ada", email="ada@example.org")
        price = {"amount": "1.50", "currency": "EUR"}
        pen = {"sku": "P-1", "name": "Pen", "category": "Office", "price": price}
        what = command(killed, "registerProduct", **pen, initialStock=5)
        placed = command(
            killed,
            "placeOrder",
            customerId=who["customerId"],
            items=[{"productId": what["productId"], "quantity": 2}],
            shippingAddress=ADDRESS,
        )
        killed.ends_after(signal.SIGKILL)
    with serving(tmp_path, DIPTYCH_PAYMENT_WINDOW="24h", DIPTYCH_READ_WAIT="30") as server:
        released = str(int(placed["position"]) + 2)
        shown = data(
            server,
            "query($order: ID!, $product: ID!, $at: Position!) {"
            " order(id: $order, minPosition: $at) { status cancellationReason }"
            " product(id: $product, minPosition: $at) { reserved available unitsSold } }",
            order=placed["orderId"],
            product=what["productId"],
            at=released,
        )
    assert shown == {
        "order": {
            "status": "CANCELLED",
            "cancellationReason": "Not confirmed within 1 second.",
        },
        "product": {"reserved": 0, "available": 5, "unitsSold": "0"},
    }

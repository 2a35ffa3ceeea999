"""Changes through the API: what is left out stays, null clears, and each payload shows it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.schema.edge import ADDRESS, Edge

CUSTOMER = """
mutation($input: ChangeCustomerInput!) { changeCustomer(input: $input) {
  version userErrors { code field } customer { name email address { city } version }
} }"""
PRODUCT = """
mutation($input: ChangeProductInput!) { changeProduct(input: $input) {
  version userErrors { code field } product { name description category version }
} }"""
ACCEPTED: list[Any] = []


def test_a_customer_keeps_what_is_left_out_and_null_clears_the_address(edge: Edge) -> None:
    customer = edge.new_customer()
    email = f"{customer}@example.org"

    def change(**named: Any) -> Any:
        return edge.data(CUSTOMER, input={"customerId": customer, **named})["changeCustomer"]

    assert change(email=email, address=ADDRESS) == {
        "version": 2,
        "userErrors": ACCEPTED,
        "customer": {"name": "Ada", "email": email, "address": {"city": "Cork"}, "version": 2},
    }
    assert change(name="Eve", expectedVersion=2)["customer"] == {
        "name": "Eve",
        "email": email,
        "address": {"city": "Cork"},
        "version": 3,
    }
    assert change(address=None)["customer"]["address"] is None
    assert change(name="Eve")["version"] == 5


def test_a_product_keeps_what_is_left_out_and_null_clears_the_description(edge: Edge) -> None:
    product = edge.new_product(description="Bright")

    def change(**named: Any) -> Any:
        return edge.data(PRODUCT, input={"productId": product, **named})["changeProduct"]

    assert change(category="Desk")["product"] == {
        "name": "Lamp",
        "description": "Bright",
        "category": "Desk",
        "version": 2,
    }
    assert change(description=None, name="Lantern") == {
        "version": 3,
        "userErrors": ACCEPTED,
        "product": {"name": "Lantern", "description": None, "category": "Desk", "version": 3},
    }


@pytest.mark.parametrize(
    ("command", "named", "fields"),
    [
        ("changeCustomer", {}, [None]),
        ("changeCustomer", {"name": None, "email": None}, [["name"], ["email"]]),
        ("changeCustomer", {"address": ADDRESS | {"city": ""}}, [["address", "city"]]),
        ("changeProduct", {"expectedVersion": 1}, [None]),
        ("changeProduct", {"name": None, "category": None}, [["name"], ["category"]]),
        ("adjustStock", {"change": 1, "reason": " "}, [["reason"]]),
        ("adjustStock", {"change": 2**31 - 1, "reason": "found"}, [["change"]]),
    ],
)
def test_what_cannot_be_is_invalid_input(
    edge: Edge, command: str, named: dict[str, Any], fields: list[Any]
) -> None:
    id = {"customerId": edge.new_customer()}
    if command != "changeCustomer":
        id = {"productId": edge.new_product()}
    payload = edge.command(command, **id, **named)
    assert payload["position"] is None
    assert [error["code"] for error in payload["userErrors"]] == ["INVALID_INPUT"] * len(fields)
    assert [error["field"] for error in payload["userErrors"]] == fields


def test_stock_is_adjusted_and_the_product_shows_it(edge: Edge) -> None:
    product = edge.new_product(stock=10)
    adjusted = edge.command("adjustStock", productId=product, change=-4, reason="water")
    assert (adjusted["version"], adjusted["productId"]) == (2, product)
    shown = edge.data(
        "query($id: ID!, $at: Position) { product(id: $id, minPosition: $at)"
        " { onHand available version } }",
        id=product,
        at=adjusted["position"],
    )["product"]
    assert shown == {"onHand": 6, "available": 6, "version": 1}
    refused = edge.command("adjustStock", productId=product, change=-7, reason="fire")
    assert [(e["code"], e["field"]) for e in refused["userErrors"]] == [
        ("OUT_OF_STOCK", ["change"])
    ]


def test_an_order_is_sent_elsewhere_until_it_leaves(edge: Edge) -> None:
    order = edge.new_order()
    elsewhere = {"line1": "1 Rue", "city": "Lyon", "country": "FR"}
    shown = edge.data(
        "mutation($input: ChangeShippingAddressInput!) { changeShippingAddress(input: $input)"
        " { version order { shippingAddress { line1 city line2 } status version } } }",
        input={"orderId": order, "shippingAddress": elsewhere},
    )["changeShippingAddress"]
    assert shown == {
        "version": 2,
        "order": {
            "shippingAddress": {"line1": "1 Rue", "city": "Lyon", "line2": None},
            "status": "PENDING",
            "version": 2,
        },
    }
    edge.command("confirmOrder", orderId=order)
    edge.command("shipOrder", orderId=order, carrier="Post", trackingNumber="1")
    late = edge.command("changeShippingAddress", orderId=order, shippingAddress=ADDRESS)
    assert [(e["code"], e["field"], e["message"]) for e in late["userErrors"]] == [
        (
            "ORDER_CLOSED",
            ["orderId"],
            "The order is SHIPPED: the shipping address can be changed only before the order is"
            " shipped.",
        )
    ]


def test_a_key_answers_a_change_again_and_tells_null_from_absent(edge: Edge) -> None:
    product = edge.new_product(description="Bright")
    cleared = {"productId": product, "name": "Lantern", "description": None}
    first = edge.command("changeProduct", **cleared, idempotencyKey=product)
    assert edge.command("changeProduct", **cleared, idempotencyKey=product) == first
    kept = edge.command("changeProduct", productId=product, name="Lantern", idempotencyKey=product)
    assert [error["code"] for error in kept["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]

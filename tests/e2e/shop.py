"""What orders need: customers and products with names that no other test uses."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.e2e.server import Accepted, Api, Json

ADDRESS: Json = {"line1": "1 Mill Lane", "city": "Leeds", "country": "GB"}


def unique(word: str) -> str:
    return f"{word}-{uuid4().hex}"


def eur(amount: str) -> Json:
    return {"amount": amount, "currency": "EUR"}


def new_customer(api: Api, **fields: Any) -> Accepted:
    given = {"name": "Ada", "email": f"{unique('ada')}@example.invalid"} | fields
    return api.accepted("registerCustomer", **given)


def new_product(api: Api, **fields: Any) -> Accepted:
    given = {"sku": unique("SKU"), "name": "Lamp", "category": "Lights", "price": eur("10.00")}
    return api.accepted("registerProduct", **(given | fields))


def lines(*items: tuple[Accepted, int]) -> list[Json]:
    return [{"productId": product.id, "quantity": quantity} for product, quantity in items]


def new_order(api: Api, **fields: Any) -> Accepted:
    """An order of one lamp from a stock of ten, unless other lines and another customer are
    given."""
    given: Json = {"shippingAddress": ADDRESS} | fields
    if "customerId" not in given:
        given["customerId"] = new_customer(api).id
    if "items" not in given:
        given["items"] = lines((new_product(api, initialStock=10), 1))
    return api.accepted("placeOrder", **given)

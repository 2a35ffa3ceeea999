"""Commands as the tests give them: valid, but for what a test says."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import uuid4

from commands.customers.register_customer import RegisterCustomer
from commands.events import Address
from commands.given import Currency, Id, Money, OrderItem
from commands.orders.place_order import PlaceOrder
from commands.products.register_product import RegisterProduct

HOME = Address(line1="12 St James's Square", city="London", country="GB")


def price(amount: str, currency: str = "GBP") -> Money:
    return Money(amount=Decimal(amount), currency=Currency(currency))


def customer(name: str = "Ada", **given: Any) -> RegisterCustomer:
    email = f"{uuid4().hex}@example.org"
    defaults: dict[str, Any] = {"name": name, "email": email, "address": HOME}
    return RegisterCustomer(**defaults | given)


def product(amount: str = "1.50", currency: str = "GBP", **given: Any) -> RegisterProduct:
    """A product with 1,000 in stock."""
    defaults: dict[str, Any] = {
        "sku": uuid4().hex,
        "name": "Pencil",
        "category": "Office",
        "initial_stock": 1_000,
    }
    return RegisterProduct(**defaults | {"price": price(amount, currency)} | given)


def order(
    customer: RegisterCustomer | str, *items: tuple[RegisterProduct | str, int], **given: Any
) -> PlaceOrder:
    """An order of so many units of each product."""
    lines: Sequence[OrderItem] = [item(product, quantity) for product, quantity in items]
    whose = customer if isinstance(customer, str) else customer.customer_id
    defaults: dict[str, Any] = {"customer_id": Id(whose), "items": lines, "shipping_address": HOME}
    return PlaceOrder(**defaults | given)


def item(
    product: RegisterProduct | str, quantity: int, unit_price: Money | None = None
) -> OrderItem:
    which = product if isinstance(product, str) else product.product_id
    return OrderItem(product_id=Id(which), quantity=quantity, unit_price=unit_price)

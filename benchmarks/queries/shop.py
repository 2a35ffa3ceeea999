"""Who orders what: customers and products by their number."""

from functools import cache

from commands.events import CustomerPersonal, Money, OrderLine, ProductRegistered

_CATEGORIES = 20


def customer_id(number: int) -> str:
    return f"cus_{number:026d}"


def customer_of(number: int) -> CustomerPersonal:
    return CustomerPersonal(
        name=f"Ada Lovelace {number}", email=f"ada.{number}@example.invalid", address=None
    )


def product_id(number: int) -> str:
    return f"prd_{number:026d}"


@cache
def registered_product(number: int) -> ProductRegistered:
    return ProductRegistered(
        product_id=product_id(number),
        sku=f"SKU-{number:05d}",
        name=f"White hanging heart {number}",
        description=None,
        category=f"Category {number % _CATEGORIES:02d}",
        price=Money(95 + number * 37 % 4_001, "GBP"),
    )


def line_of(number: int, quantity: int) -> OrderLine:
    """A line of an order: a product at its price."""
    product = registered_product(number)
    return OrderLine(
        product_id=product.product_id,
        sku=product.sku,
        product_name=product.name,
        quantity=quantity,
        unit_price=product.price,
    )

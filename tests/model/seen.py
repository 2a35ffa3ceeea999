"""What clients see of a shop: each document, as plainly as it can be said.

Everything is computed anew from all orders, products and customers, each time. Answers are JSON, as
the API gives it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from tests.model.shop import ALLOWED, Shop, stock_of
from tests.model.things import DIGITS, Customer, Fact, Json, Order, Product

NEEDS = {
    "confirmOrder": "only a PENDING order can be confirmed.",
    "shipOrder": "only a CONFIRMED order can be shipped.",
    "deliverOrder": "only a SHIPPED order can be delivered.",
    "cancelOrder": "an order can be cancelled only before it is shipped.",
    "changeShippingAddress": "the shipping address can be changed only before the order is"
    " shipped.",
}


def money(minor: int, currency: str) -> Json:
    return {"amount": f"{Decimal(minor).scaleb(-DIGITS[currency]):f}", "currency": currency}


def instant(at: datetime | None) -> Json:
    """In UTC, with three digits of a second."""
    return None if at is None else at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def address(given: Json) -> Json:
    if given is None:
        return None
    fields = ("recipient", "line1", "line2", "city", "region", "postalCode", "country")
    return {name: given.get(name) for name in fields}


def reason_against(command: str, status: str) -> str | None:
    """Why the command is refused in that status."""
    return None if status in ALLOWED[command] else f"The order is {status}: {NEEDS[command]}"


def last(facts: Iterable[Fact]) -> int:
    return max(fact.position for fact in facts)


def facts_of(shop: Shop, order: Order) -> Sequence[Fact]:
    return [fact for fact in shop.facts if fact.of == order.id]


def order_position(shop: Shop, order: Order) -> str:
    """The last fact shown, the order's own or its customer's; and how many renames it shows."""
    own = facts_of(shop, order)
    renames = [
        fact
        for fact in shop.facts
        if fact.of == order.customer_id and fact.is_rename and fact.position > own[0].position
    ]
    at = last([*own, *renames])
    return f"{at}.{len(renames)}" if renames else str(at)


def order_row(shop: Shop, order: Order) -> Json:
    customer = shop.customers[order.customer_id]
    return {
        "id": order.id,
        "reference": order.reference,
        "customerId": customer.id,
        "customerName": customer.name,
        "customerEmail": customer.email,
        "itemCount": len(order.lines),
        "total": money(order.total, order.currency),
        "status": order.status,
        "placedAt": instant(order.placed_at),
        "updatedAt": instant(facts_of(shop, order)[-1].at),
        "version": shop.version(order.id),
        "position": order_position(shop, order),
    }


def order_page(shop: Shop, order: Order) -> Json:
    status = order.status
    return order_row(shop, order) | {
        "items": [
            {
                "productId": line.product_id,
                "sku": line.sku,
                "productName": line.name,
                "quantity": line.quantity,
                "unitPrice": money(line.minor, order.currency),
                "subtotal": money(line.quantity * line.minor, order.currency),
            }
            for line in order.lines
        ],
        "shippingAddress": address(order.address),
        "statusHistory": [
            {"status": status, "changedAt": instant(at), "note": note}
            for status, at, note in order.statuses
        ],
        "estimatedDelivery": instant(order.estimated_delivery),
        "carrier": order.carrier,
        "trackingNumber": order.tracking_number,
        "cancellationReason": order.statuses[-1][2] if status == "CANCELLED" else None,
        "availableCommands": [
            {"name": name, "allowed": status in statuses, "reason": reason_against(name, status)}
            for name, statuses in ALLOWED.items()
        ],
    }


def timeline(shop: Shop, order: Order) -> list[Json]:
    return [
        {
            "version": number,
            "position": str(fact.position),
            "at": instant(fact.at),
            "event": fact.name,
            "actor": fact.actor,
            "data": fact.data,
        }
        for number, fact in enumerate(facts_of(shop, order), start=1)
    ]


def units_in(shop: Shop, product: Product, *statuses: str) -> int:
    """Of a product, in the orders of these statuses."""
    return sum(
        line.quantity
        for order in shop.orders.values()
        for line in order.lines
        if line.product_id == product.id and order.status in statuses
    )


KEPT = ("PENDING", "CONFIRMED", "SHIPPED", "DELIVERED")
"""Of an order that was not cancelled."""


def on_hand(shop: Shop, product: Product) -> int:
    return sum(product.came_in) - units_in(shop, product, "SHIPPED", "DELIVERED")


def reserved(shop: Shop, product: Product) -> int:
    return units_in(shop, product, "PENDING", "CONFIRMED")


def product_page(shop: Shop, product: Product) -> Json:
    about = [fact for fact in shop.facts if fact.of in (product.id, stock_of(product.id))]
    return {
        "id": product.id,
        "sku": product.sku,
        "name": product.name,
        "description": product.description,
        "category": product.category,
        "price": money(product.minor, product.currency),
        "discontinued": product.discontinued,
        "onHand": on_hand(shop, product),
        "reserved": reserved(shop, product),
        "available": on_hand(shop, product) - reserved(shop, product),
        "unitsSold": str(units_in(shop, product, *KEPT)),
        "version": shop.version(product.id),
        "position": str(last(about)),
    }


def customer_page(shop: Shop, customer: Customer) -> Json:
    orders = [order for order in shop.orders.values() if order.customer_id == customer.id]
    spent = {
        currency: sum(
            order.total
            for order in orders
            if order.currency == currency and order.status != "CANCELLED"
        )
        for currency in sorted({order.currency for order in orders})
    }
    counting = ("OrderPlaced", "OrderDelivered", "OrderCancelled")
    ids = {order.id for order in orders}
    about = [
        fact
        for fact in shop.facts
        if fact.of == customer.id or (fact.of in ids and fact.name in counting)
    ]
    return {
        "id": customer.id,
        "name": customer.name,
        "email": customer.email,
        "address": address(customer.address),
        "orderCount": len(orders),
        "openOrderCount": sum(o.status in ("PENDING", "CONFIRMED", "SHIPPED") for o in orders),
        "cancelledOrderCount": sum(order.status == "CANCELLED" for order in orders),
        "lifetimeValue": [money(minor, currency) for currency, minor in spent.items()],
        "lastOrderAt": instant(max((order.placed_at for order in orders), default=None)),
        "version": shop.version(customer.id),
        "position": str(last(about)),
    }

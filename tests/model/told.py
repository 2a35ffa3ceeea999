"""All that a fact about an order tells, as timelines give it: its own words, money in minor units,
what is about a person apart."""

from datetime import datetime

from tests.model.things import Customer, Json, Line, Order


def placed(order: Order, customer: Customer) -> Json:
    return _whose(order) | {
        "reference": order.reference,
        "lines": [
            {"sku": line.sku, "product_name": line.name} | _sold(order, line)
            for line in order.lines
        ],
        "total": _money(order, order.total),
        "placed_at": _instant(order.placed_at),
        "personal": {
            "customer_name": customer.name,
            "customer_email": customer.email,
            "shipping_address": _address(order.address),
        },
    }


def readdressed(order: Order) -> Json:
    return _whose(order) | {"personal": {"shipping_address": _address(order.address)}}


def confirmed_or_delivered(order: Order) -> Json:
    return _whose(order)


def shipped(order: Order) -> Json:
    expected = order.estimated_delivery
    return _whose(order) | {
        "carrier": order.carrier,
        "tracking_number": order.tracking_number,
        "estimated_delivery": _instant(expected) if expected else None,
    }


def cancelled(order: Order, reason: str) -> Json:
    return _whose(order) | {
        "reason": reason,
        "placed_at": _instant(order.placed_at),
        "total": _money(order, order.total),
        "lines": [_sold(order, line) for line in order.lines],
    }


def _whose(order: Order) -> Json:
    return {"order_id": order.id, "customer_id": order.customer_id}


def _sold(order: Order, line: Line) -> Json:
    return {
        "product_id": line.product_id,
        "quantity": line.quantity,
        "unit_price": _money(order, line.minor),
    }


def _money(order: Order, minor: int) -> Json:
    return {"minor": minor, "currency": order.currency}


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _address(given: Json) -> Json:
    fields = ("recipient", "line1", "line2", "city", "region", "country")
    return {name: given.get(name) for name in fields} | {"postal_code": given.get("postalCode")}

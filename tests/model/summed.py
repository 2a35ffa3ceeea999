"""The sums that clients see of a shop, each computed anew from all of its orders and products."""

from datetime import date
from fractions import Fraction

from tests.model.seen import last, money
from tests.model.shop import Shop
from tests.model.things import Json


def category_stats(shop: Shop, category: str | None = None) -> list[Json]:
    """By category, then currency."""
    shelves = sorted({product.shelf for product in shop.products.values()})
    return [_shelf_stats(shop, *shelf) for shelf in shelves if category in (None, shelf[0])]


def _shelf_stats(shop: Shop, category: str, currency: str) -> Json:
    on_it = [p for p in shop.products.values() if p.shelf == (category, currency)]
    prices = [product.minor for product in on_it if not product.discontinued]
    ids = {product.id for product in on_it}
    sold = [
        line
        for order in shop.orders.values()
        for line in order.lines
        if order.status != "CANCELLED" and line.product_id in ids
    ]
    average = round(Fraction(sum(prices), len(prices))) if prices else 0
    return {
        "category": category,
        "currency": currency,
        "productCount": len(prices),
        "averagePrice": money(average, currency) if prices else None,
        "minPrice": money(min(prices), currency) if prices else None,
        "maxPrice": money(max(prices), currency) if prices else None,
        "unitsSold": str(sum(line.quantity for line in sold)),
        "revenue": money(sum(line.quantity * line.minor for line in sold), currency),
        "position": str(last(f for f in shop.facts if (category, currency) in f.shelves)),
    }


def sales(shop: Shop, first: date, until: date, currency: str | None = None) -> list[Json]:
    """By day, then currency; both days included."""
    found = sorted({(o.placed_at.date(), o.currency) for o in shop.orders.values()})
    return [
        _sales_day(shop, day, code)
        for day, code in found
        if first <= day <= until and currency in (None, code)
    ]


def _sales_day(shop: Shop, day: date, currency: str) -> Json:
    placed = [
        order
        for order in shop.orders.values()
        if order.placed_at.date() == day and order.currency == currency
    ]
    kept = [order for order in placed if order.status != "CANCELLED"]
    ids = {order.id for order in placed}
    about = [
        fact
        for fact in shop.facts
        if fact.of in ids and fact.name in ("OrderPlaced", "OrderCancelled")
    ]
    return {
        "day": day.isoformat(),
        "currency": currency,
        "ordersPlaced": len(placed),
        "ordersCancelled": len(placed) - len(kept),
        "unitsSold": str(sum(order.units for order in kept)),
        "revenue": money(sum(order.total for order in kept), currency),
        "position": str(last(about)),
    }


def document_counts(shop: Shop) -> dict[str, int]:
    """How many documents each view has."""
    return {
        "category_stats": len(category_stats(shop)),
        "customer": len(shop.customers),
        "order": len(shop.orders),
        "order_list_item": len(shop.orders),
        "order_timeline": sum(fact.of in shop.orders for fact in shop.facts),
        "product": len(shop.products),
        "sales_day": len(sales(shop, date.min, date.max)),
    }

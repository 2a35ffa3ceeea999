"""Statistics of the catalogue, from the facts about products and the orders for them."""

from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal

from commands.events import (
    OrderCancelled,
    OrderConfirmed,
    OrderDelivered,
    OrderPlaced,
    OrderShipped,
    PriceChanged,
    ProductChanged,
    ProductDiscontinued,
    ProductRegistered,
    Recorded,
    ShippingAddressChanged,
)
from projections.ordered import LinesByProduct, OrderFact
from projections.summary import Summary
from readmodels.category_stats import CategoryStats, ProductShare
from readmodels.values import BigInt, Currency, Id, Money, MoneySum, Position

category_stats: Summary[CategoryStats, ProductShare] = Summary(CategoryStats, revision=1)
shares = category_stats.parts
# What was sold is so from the order's placing on.
shares.ignores(OrderConfirmed, OrderShipped, OrderDelivered, ShippingAddressChanged)

_LINES = LinesByProduct()


@shares.starts_with(ProductRegistered)
def registered(fact: Recorded[ProductRegistered]) -> ProductShare:
    price = fact.event.price
    return ProductShare(
        id=Id(fact.event.product_id),
        category=fact.event.category,
        currency=Currency(price.currency),
        price=price.minor,
        discontinued=False,
        units_sold=0,
        revenue=MoneySum(Decimal(0), price.currency),
        summary=_key(fact.event.category, price.currency),
        rank=price.minor,
        position=Position(fact.position),
    )


@shares.on(ProductChanged)
def changed(share: ProductShare, fact: Recorded[ProductChanged]) -> ProductShare:
    category = fact.event.category
    if category == share.category:
        return share
    return replace(share, category=category, summary=_key(category, share.currency))


@shares.on(PriceChanged)
def price_changed(share: ProductShare, fact: Recorded[PriceChanged]) -> ProductShare:
    minor = fact.event.price.minor
    return replace(share, price=minor, rank=minor)


@shares.on(ProductDiscontinued)
def discontinued(share: ProductShare, fact: Recorded[ProductDiscontinued]) -> ProductShare:
    return replace(share, discontinued=True, rank=None)


def _ordered(fact: OrderFact) -> Collection[str]:
    return _LINES.of(fact.event).keys()


@shares.on(OrderPlaced, keys=_ordered)
def sold(share: ProductShare, fact: Recorded[OrderPlaced]) -> ProductShare:
    return _with_sales(share, fact, 1)


@shares.on(OrderCancelled, keys=_ordered)
def given_back(share: ProductShare, fact: Recorded[OrderCancelled]) -> ProductShare:
    return _with_sales(share, fact, -1)


def _with_sales(share: ProductShare, fact: OrderFact, sign: int) -> ProductShare:
    lines = _LINES.of(fact.event)[share.id]
    revenue = sum(line.quantity * line.unit_price.minor for line in lines)
    return replace(
        share,
        units_sold=share.units_sold + sign * sum(line.quantity for line in lines),
        revenue=_plus(share.revenue, sign * revenue),
    )


@category_stats.counts
def counted(stats: CategoryStats | None, share: ProductShare, sign: int) -> CategoryStats | None:
    stats = stats or _blank(share)
    on_sale = 0 if share.discontinued else sign
    count = stats.product_count + on_sale
    total = stats.price_sum + on_sale * share.price
    counted = replace(
        stats,
        product_count=count,
        price_sum=total,
        average_price=Money(_half_even(total, count), stats.currency) if count else None,
        units_sold=BigInt(stats.units_sold + sign * share.units_sold),
        revenue=_plus(stats.revenue, sign * int(share.revenue.minor)),
        share_count=stats.share_count + sign,
    )
    return counted if counted.share_count else None


@category_stats.ranks
def ranked(stats: CategoryStats, least: int | None, greatest: int | None) -> CategoryStats:
    return replace(
        stats,
        min_price=None if least is None else Money(least, stats.currency),
        max_price=None if greatest is None else Money(greatest, stats.currency),
    )


def _key(category: str, currency: str) -> str:
    return f"{category}/{currency}"


def _blank(share: ProductShare) -> CategoryStats:
    return CategoryStats(
        id=Id(share.summary),
        category=share.category,
        currency=share.currency,
        product_count=0,
        average_price=None,
        min_price=None,
        max_price=None,
        units_sold=BigInt(0),
        revenue=MoneySum(Decimal(0), share.currency),
        share_count=0,
        price_sum=0,
    )


def _half_even(total: int, count: int) -> int:
    """Exact, since both are whole numbers."""
    quotient, rest = divmod(total, count)
    return quotient + (2 * rest > count or (2 * rest == count and quotient % 2 == 1))


def _plus(revenue: MoneySum, minor: int) -> MoneySum:
    # Made of an int a Decimal is exact, whatever the arithmetic context says.
    return replace(revenue, minor=Decimal(int(revenue.minor) + minor))

"""Sales by day, from the orders placed and cancelled."""

from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal

from commands.events import (
    OrderCancelled,
    OrderConfirmed,
    OrderDelivered,
    OrderPlaced,
    OrderShipped,
    Recorded,
    ShippingAddressChanged,
)
from projections.projection import Projection
from readmodels.sales_day import DayOfSales, SalesDay
from readmodels.values import BigInt, Currency, MoneySum

sales_day = Projection(SalesDay, revision=1)
# What was sold is so from the order's placing on.
sales_day.ignores(OrderConfirmed, OrderShipped, OrderDelivered, ShippingAddressChanged)

OrderFact = Recorded[OrderPlaced] | Recorded[OrderCancelled]


def _key(fact: OrderFact) -> DayOfSales:
    event = fact.event
    return DayOfSales(day=event.placed_at.date(), currency=Currency(event.total.currency))


def _day(fact: OrderFact) -> Collection[str]:
    return (_key(fact).id,)


def _blank(fact: Recorded[OrderPlaced]) -> SalesDay:
    key = _key(fact)
    return SalesDay(
        id=key.id,
        day=key.day,
        currency=key.currency,
        orders_placed=0,
        orders_cancelled=0,
        units_sold=BigInt(0),
        revenue=MoneySum(Decimal(0), key.currency),
    )


@sales_day.on(OrderPlaced, keys=_day, blank=_blank)
def placed(document: SalesDay, fact: Recorded[OrderPlaced]) -> SalesDay:
    return replace(_with(document, fact, 1), orders_placed=document.orders_placed + 1)


@sales_day.on(OrderCancelled, keys=_day)
def cancelled(document: SalesDay, fact: Recorded[OrderCancelled]) -> SalesDay:
    return replace(_with(document, fact, -1), orders_cancelled=document.orders_cancelled + 1)


def _with(document: SalesDay, fact: OrderFact, sign: int) -> SalesDay:
    """The day with what the order sells, or without it."""
    units = sum(line.quantity for line in fact.event.lines)
    # Made of an int a Decimal is exact, whatever the arithmetic context says.
    minor = Decimal(int(document.revenue.minor) + sign * fact.event.total.minor)
    return replace(
        document,
        units_sold=BigInt(document.units_sold + sign * units),
        revenue=replace(document.revenue, minor=minor),
    )

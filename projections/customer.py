"""Customer pages, from the facts about customers and their orders."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from decimal import Decimal

from commands.events import (
    CustomerChanged,
    CustomerRegistered,
    OrderCancelled,
    OrderConfirmed,
    OrderDelivered,
    OrderPlaced,
    OrderShipped,
    Recorded,
    ShippingAddressChanged,
)
from projections.projection import Projection
from projections.values import address
from readmodels.customer import Customer
from readmodels.values import Id, MoneySum

customer = Projection(Customer, revision=2)
# On its way from one to the other an order stays open, and no less worth.
customer.ignores(OrderConfirmed, OrderShipped, ShippingAddressChanged)


@customer.starts_with(CustomerRegistered)
def registered(fact: Recorded[CustomerRegistered]) -> Customer:
    personal = fact.event.personal
    return Customer(
        id=Id(fact.event.customer_id),
        name=personal.name,
        email=personal.email,
        address=address(personal.address) if personal.address else None,
        order_count=0,
        open_order_count=0,
        cancelled_order_count=0,
        lifetime_value=(),
        last_order_at=None,
        version=fact.version,
        registered_at=fact.occurred_at,
    )


@customer.on(CustomerChanged)
def changed(document: Customer, fact: Recorded[CustomerChanged]) -> Customer:
    personal = fact.event.personal
    return replace(
        document,
        name=personal.name,
        email=personal.email,
        address=address(personal.address) if personal.address else None,
        version=fact.version,
    )


def _buyer(fact: Recorded[OrderPlaced | OrderDelivered | OrderCancelled]) -> Collection[str]:
    return (fact.event.customer_id,)


@customer.on(OrderPlaced, keys=_buyer)
def ordered(document: Customer, fact: Recorded[OrderPlaced]) -> Customer:
    # An import may bring older orders after newer ones.
    last = document.last_order_at
    total = fact.event.total
    return replace(
        document,
        order_count=document.order_count + 1,
        open_order_count=document.open_order_count + 1,
        lifetime_value=_plus(document.lifetime_value, total.currency, total.minor),
        last_order_at=fact.occurred_at if last is None else max(last, fact.occurred_at),
    )


@customer.on(OrderDelivered, keys=_buyer)
def delivered(document: Customer, fact: Recorded[OrderDelivered]) -> Customer:
    return replace(document, open_order_count=document.open_order_count - 1)


@customer.on(OrderCancelled, keys=_buyer)
def cancelled(document: Customer, fact: Recorded[OrderCancelled]) -> Customer:
    total = fact.event.total
    return replace(
        document,
        open_order_count=document.open_order_count - 1,
        cancelled_order_count=document.cancelled_order_count + 1,
        lifetime_value=_plus(document.lifetime_value, total.currency, -total.minor),
    )


def _plus(sums: Iterable[MoneySum], currency: str, minor: int) -> tuple[MoneySum, ...]:
    """The sums with an amount added, in the order of their currencies."""
    amounts = {each.currency: int(each.minor) for each in sums}
    amounts[currency] = amounts.get(currency, 0) + minor
    # Made of an int a Decimal is exact, whatever the arithmetic context says.
    return tuple(MoneySum(Decimal(amount), code) for code, amount in sorted(amounts.items()))

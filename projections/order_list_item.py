"""Order lists, from the facts about orders."""

from dataclasses import replace

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
from projections.values import is_rename, money_sum
from readmodels.order import OrderStatus
from readmodels.order_list_item import OrderListItem, StatusSince
from readmodels.values import Id

order_list_item = Projection(OrderListItem, revision=3)
# An order shows who bought from the moment that it is placed.
order_list_item.ignores(CustomerRegistered)


@order_list_item.starts_with(OrderPlaced)
def placed(fact: Recorded[OrderPlaced]) -> OrderListItem:
    event = fact.event
    return OrderListItem(
        id=Id(event.order_id),
        reference=event.reference,
        customer_id=Id(event.customer_id),
        customer_name=event.personal.customer_name,
        customer_email=event.personal.customer_email,
        item_count=len(event.lines),
        total=money_sum(event.total),
        status=OrderStatus.PENDING,
        placed_at=fact.occurred_at,
        updated_at=fact.occurred_at,
        version=fact.version,
        statuses=(StatusSince(OrderStatus.PENDING, fact.position),),
    )


@order_list_item.fans_out(CustomerChanged, field="customer_id", when=is_rename)
def customer_renamed(document: OrderListItem, fact: Recorded[CustomerChanged]) -> OrderListItem:
    personal = fact.event.personal
    return replace(document, customer_name=personal.name, customer_email=personal.email)


@order_list_item.on(ShippingAddressChanged)
def readdressed(document: OrderListItem, fact: Recorded[ShippingAddressChanged]) -> OrderListItem:
    return replace(document, updated_at=fact.occurred_at, version=fact.version)


@order_list_item.on(OrderConfirmed)
def confirmed(document: OrderListItem, fact: Recorded[OrderConfirmed]) -> OrderListItem:
    return _became(document, OrderStatus.CONFIRMED, fact)


@order_list_item.on(OrderShipped)
def shipped(document: OrderListItem, fact: Recorded[OrderShipped]) -> OrderListItem:
    return _became(document, OrderStatus.SHIPPED, fact)


@order_list_item.on(OrderDelivered)
def delivered(document: OrderListItem, fact: Recorded[OrderDelivered]) -> OrderListItem:
    return _became(document, OrderStatus.DELIVERED, fact)


@order_list_item.on(OrderCancelled)
def cancelled(document: OrderListItem, fact: Recorded[OrderCancelled]) -> OrderListItem:
    return _became(document, OrderStatus.CANCELLED, fact)


OrderFact = OrderConfirmed | OrderShipped | OrderDelivered | OrderCancelled


def _became(
    document: OrderListItem, status: OrderStatus, fact: Recorded[OrderFact]
) -> OrderListItem:
    return replace(
        document,
        status=status,
        updated_at=fact.occurred_at,
        version=fact.version,
        statuses=(*document.statuses, StatusSince(status, fact.position)),
    )

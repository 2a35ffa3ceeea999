"""The order page, from the facts about orders."""

from dataclasses import replace

from commands.events import (
    CustomerChanged,
    CustomerRegistered,
    OrderCancelled,
    OrderConfirmed,
    OrderDelivered,
    OrderLine,
    OrderPlaced,
    OrderShipped,
    Recorded,
    ShippingAddressChanged,
)
from commands.orders import guards
from projections.projection import Projection
from projections.values import address, is_rename, money, money_sum
from readmodels.order import AvailableCommand, Order, OrderItem, OrderStatus, StatusChange
from readmodels.values import Id, Money

order = Projection(Order, revision=3)
# An order shows who bought from the moment that it is placed.
order.ignores(CustomerRegistered)

_AVAILABLE_COMMANDS = {
    status: tuple(
        AvailableCommand(name=guard.command, allowed=reason is None, reason=reason)
        for guard in guards.GUARDS
        for reason in [guard.reason_against(guards.OrderStatus(status))]
    )
    for status in OrderStatus
}


@order.starts_with(OrderPlaced)
def placed(fact: Recorded[OrderPlaced]) -> Order:
    event = fact.event
    return Order(
        id=Id(event.order_id),
        reference=event.reference,
        customer_id=Id(event.customer_id),
        customer_name=event.personal.customer_name,
        customer_email=event.personal.customer_email,
        items=tuple(_item(line) for line in event.lines),
        item_count=len(event.lines),
        total=money_sum(event.total),
        shipping_address=address(event.personal.shipping_address),
        status=OrderStatus.PENDING,
        status_history=(StatusChange(status=OrderStatus.PENDING, changed_at=fact.occurred_at),),
        placed_at=fact.occurred_at,
        updated_at=fact.occurred_at,
        available_commands=_AVAILABLE_COMMANDS[OrderStatus.PENDING],
        version=fact.version,
    )


@order.fans_out(CustomerChanged, field="customer_id", when=is_rename)
def customer_renamed(document: Order, fact: Recorded[CustomerChanged]) -> Order:
    personal = fact.event.personal
    return replace(document, customer_name=personal.name, customer_email=personal.email)


@order.on(ShippingAddressChanged)
def readdressed(document: Order, fact: Recorded[ShippingAddressChanged]) -> Order:
    return replace(
        document,
        shipping_address=address(fact.event.personal.shipping_address),
        updated_at=fact.occurred_at,
        version=fact.version,
    )


@order.on(OrderConfirmed)
def confirmed(document: Order, fact: Recorded[OrderConfirmed]) -> Order:
    return _became(document, OrderStatus.CONFIRMED, fact)


@order.on(OrderShipped)
def shipped(document: Order, fact: Recorded[OrderShipped]) -> Order:
    event = fact.event
    return replace(
        _became(document, OrderStatus.SHIPPED, fact, note=event.carrier),
        carrier=event.carrier,
        tracking_number=event.tracking_number,
        estimated_delivery=event.estimated_delivery,
    )


@order.on(OrderDelivered)
def delivered(document: Order, fact: Recorded[OrderDelivered]) -> Order:
    return _became(document, OrderStatus.DELIVERED, fact)


@order.on(OrderCancelled)
def cancelled(document: Order, fact: Recorded[OrderCancelled]) -> Order:
    reason = fact.event.reason
    return replace(
        _became(document, OrderStatus.CANCELLED, fact, note=reason), cancellation_reason=reason
    )


OrderFact = OrderConfirmed | OrderShipped | OrderDelivered | OrderCancelled


def _became(
    document: Order, status: OrderStatus, fact: Recorded[OrderFact], note: str | None = None
) -> Order:
    change = StatusChange(status=status, changed_at=fact.occurred_at, note=note)
    return replace(
        document,
        status=status,
        status_history=(*document.status_history, change),
        updated_at=fact.occurred_at,
        available_commands=_AVAILABLE_COMMANDS[status],
        version=fact.version,
    )


def _item(line: OrderLine) -> OrderItem:
    price = line.unit_price
    return OrderItem(
        product_id=Id(line.product_id),
        sku=line.sku,
        product_name=line.product_name,
        quantity=line.quantity,
        unit_price=money(price),
        subtotal=Money(price.minor * line.quantity, price.currency),
    )

"""An order: what was agreed with a customer, and how far it got."""

from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Self

from commands.aggregate import Aggregate, Claim, Kept, World, aggregate
from commands.events import (
    CancelledLine,
    Event,
    Money,
    OrderCancelled,
    OrderConfirmed,
    OrderDelivered,
    OrderPlaced,
    OrderShipped,
    ShippingAddressChanged,
)
from commands.orders.guards import Guard, OrderStatus
from commands.refusal import Refusal, Rejected, not_found


def reference_claim(reference: str) -> Claim:
    """A reference is one order's, exactly as written."""
    return Claim("reference", reference)


@aggregate
class Order(Aggregate):
    """What must be known before an order may change; nothing kept only for display."""

    category = "order"
    kept = Kept.EVENT_SOURCED

    id: str
    customer_id: str
    reference: str | None
    status: OrderStatus
    lines: tuple[CancelledLine, ...]
    total: Money
    placed_at: datetime

    @classmethod
    def evolve(cls, state: Self | None, event: Event) -> Self:
        match event:
            case OrderPlaced():
                return cls(
                    id=event.order_id,
                    customer_id=event.customer_id,
                    reference=event.reference,
                    status=OrderStatus.PENDING,
                    lines=tuple(
                        CancelledLine(
                            product_id=line.product_id,
                            quantity=line.quantity,
                            unit_price=line.unit_price,
                        )
                        for line in event.lines
                    ),
                    total=event.total,
                    placed_at=event.placed_at,
                )
            case ShippingAddressChanged() if state:
                return state
            case OrderConfirmed() if state:
                return replace(state, status=OrderStatus.CONFIRMED)
            case OrderShipped() if state:
                return replace(state, status=OrderStatus.SHIPPED)
            case OrderDelivered() if state:
                return replace(state, status=OrderStatus.DELIVERED)
            case OrderCancelled() if state:
                return replace(state, status=OrderStatus.CANCELLED)
        raise TypeError(f"{event!r} is no fact about {state!r}")

    @property
    def claims(self) -> frozenset[Claim]:
        return frozenset({reference_claim(self.reference)} if self.reference else ())

    @property
    def units(self) -> Counter[str]:
        """Ordered units by product, in the order of the lines."""
        units: Counter[str] = Counter()
        for line in self.lines:
            units[line.product_id] += line.quantity
        return units


def allowed(world: World, order_id: str, guard: Guard) -> Order:
    """The order, where it exists and its status allows the guarded command."""
    order = world.find(Order, order_id)
    if order is None:
        raise Rejected(not_found("order", order_id, "order_id"))
    if reason := guard.reason_against(order.status):
        raise Rejected(Refusal(guard.code, reason, ("order_id",)))
    return order

"""The facts about orders. Each carries what views need, so that none has to look elsewhere."""

from dataclasses import dataclass
from datetime import datetime

from commands.events.event import Event, event
from commands.events.values import Address, Money


class OrderEvent(Event):
    __slots__ = ()
    stream_category = "order"
    order_id: str

    @property
    def key(self) -> str:
        return self.order_id


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One product at one price, with the name that it had at that moment."""

    product_id: str
    sku: str
    product_name: str
    quantity: int
    unit_price: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPersonal:
    customer_name: str
    customer_email: str
    shipping_address: Address


@event
class OrderPlaced(OrderEvent):
    """`placed_at` is the fact's own `occurred_at`: the order has to know it later."""

    order_id: str
    customer_id: str
    reference: str | None
    lines: tuple[OrderLine, ...]
    total: Money
    placed_at: datetime
    personal: OrderPersonal


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingPersonal:
    shipping_address: Address


@event
class ShippingAddressChanged(OrderEvent):
    order_id: str
    customer_id: str
    personal: ShippingPersonal


@event
class OrderConfirmed(OrderEvent):
    order_id: str
    customer_id: str


@event
class OrderShipped(OrderEvent):
    order_id: str
    customer_id: str
    carrier: str
    tracking_number: str
    estimated_delivery: datetime | None


@event
class OrderDelivered(OrderEvent):
    order_id: str
    customer_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelledLine:
    product_id: str
    quantity: int
    unit_price: Money


@event
class OrderCancelled(OrderEvent):
    """The order will not be fulfilled. What it had counted for goes with it: `placed_at` (the
    `occurred_at` of its placing), `total` and `lines` say what to take back from where."""

    order_id: str
    customer_id: str
    reason: str
    placed_at: datetime
    total: Money
    lines: tuple[CancelledLine, ...]

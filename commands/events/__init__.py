"""The facts: what happened, in the past tense. Standard library only, so that every reader of the
log can import them without the write side's machinery."""

from commands.events.customers import CustomerChanged, CustomerPersonal, CustomerRegistered
from commands.events.event import EVENT_TYPES, Event, Recorded
from commands.events.orders import (
    CancelledLine,
    OrderCancelled,
    OrderConfirmed,
    OrderDelivered,
    OrderLine,
    OrderPersonal,
    OrderPlaced,
    OrderShipped,
    ShippingAddressChanged,
    ShippingPersonal,
)
from commands.events.products import (
    PriceChanged,
    ProductChanged,
    ProductDiscontinued,
    ProductRegistered,
)
from commands.events.stock import (
    StockAdjusted,
    StockReceived,
    StockReleased,
    StockReserved,
    StockShipped,
)
from commands.events.values import Address, Money

__all__ = [
    "EVENT_TYPES",
    "Address",
    "CancelledLine",
    "CustomerChanged",
    "CustomerPersonal",
    "CustomerRegistered",
    "Event",
    "Money",
    "OrderCancelled",
    "OrderConfirmed",
    "OrderDelivered",
    "OrderLine",
    "OrderPersonal",
    "OrderPlaced",
    "OrderShipped",
    "PriceChanged",
    "ProductChanged",
    "ProductDiscontinued",
    "ProductRegistered",
    "Recorded",
    "ShippingAddressChanged",
    "ShippingPersonal",
    "StockAdjusted",
    "StockReceived",
    "StockReleased",
    "StockReserved",
    "StockShipped",
]

"""The order page: one document per order."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from readmodels.values import Address, Id, Money, MoneySum, Position
from readmodels.view import Index, ascending, view


class OrderStatus(StrEnum):
    """How far an order has come.

    PENDING: Placed, its stock reserved; it is cancelled unless it is confirmed in time.
    CONFIRMED: Taken on; it can be shipped.
    SHIPPED: On its way; it cannot be changed any more.
    DELIVERED: It has reached its customer.
    CANCELLED: Stopped before it was shipped, its stock released.
    """

    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderItem:
    """One line of an order: a product at the price and with the name of that moment."""

    product_id: Annotated[Id, "What was ordered."]
    sku: Annotated[str, "The product's, as it was then."]
    product_name: Annotated[str, "As it was then."]
    quantity: Annotated[int, "Units of the product."]
    unit_price: Annotated[Money, "Of one unit, as it was then."]
    subtotal: Annotated[Money, "Of all units of the line."]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    """When an order took on a status."""

    status: Annotated[OrderStatus, "What it became."]
    changed_at: Annotated[datetime, "When."]
    note: Annotated[
        str | None, "What was said of it: the reason of a cancellation, the carrier of a shipment."
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailableCommand:
    """What may be done to an order now: the reason is null where it is allowed. Drives a UI's
    buttons."""

    name: Annotated[str, "The mutation's name."]
    allowed: Annotated[bool, "Whether it would be accepted as the order is now."]
    reason: Annotated[str | None, "Why not, in the words in which it would be refused."] = None


@view("order", indexes=[Index(ascending("reference")), Index(ascending("customer_id", "_id"))])
class Order:
    """Everything that an order page shows: one document per order."""

    id: Id
    reference: Annotated[str | None, "The caller's own number for the order, unique where given."]
    customer_id: Annotated[Id, "Who ordered."]
    customer_name: Annotated[str, "As it is now: a rename reaches it."]
    customer_email: Annotated[str, "As it is now: a change reaches it."]
    items: Annotated[tuple[OrderItem, ...], "Its lines, as they were ordered."]
    item_count: Annotated[int, "The number of lines."]
    total: Annotated[MoneySum, "Of all lines."]
    shipping_address: Annotated[Address, "Where it goes."]
    status: Annotated[OrderStatus, "How far it has come."]
    status_history: Annotated[tuple[StatusChange, ...], "Oldest first."]
    placed_at: Annotated[datetime, "When it was placed."]
    updated_at: Annotated[
        datetime, "Of the order's own last fact; a customer's rename does not move it."
    ]
    estimated_delivery: Annotated[
        datetime | None, "When it should arrive; null until it is shipped, or where nobody said."
    ] = None
    carrier: Annotated[str | None, "Who carries it; null until it is shipped."] = None
    tracking_number: Annotated[str | None, "The carrier's; null until it is shipped."] = None
    cancellation_reason: Annotated[str | None, "Null where it was not cancelled."] = None
    available_commands: Annotated[
        tuple[AvailableCommand, ...], "Each command on an order, and whether it is allowed now."
    ]
    version: Annotated[int, "Of the order itself: give it back as expectedVersion."]
    position: Annotated[
        Position,
        "Of the last change that this document shows. It never goes back; a rename that reaches it"
        " moves it.",
    ] = Position(0)

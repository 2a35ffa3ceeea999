"""The order page: one document per order."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from readmodels.values import Address, Id, Money, MoneySum, Position
from readmodels.view import Index, ascending, view


class OrderStatus(StrEnum):
    """How far an order has come."""

    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderItem:
    """One line of an order: a product at the price and with the name of that moment."""

    product_id: Id
    sku: str
    product_name: str
    quantity: int
    unit_price: Money
    subtotal: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    """When an order took on a status."""

    status: OrderStatus
    changed_at: datetime
    note: Annotated[
        str | None, "What was said of it: the reason of a cancellation, the carrier of a shipment."
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailableCommand:
    """What may be done to an order now: the reason is null where it is allowed. Drives a UI's
    buttons."""

    name: Annotated[str, "The mutation's name."]
    allowed: bool
    reason: Annotated[str | None, "Why not, in the words in which it would be refused."] = None


@view("order", indexes=[Index(ascending("reference")), Index(ascending("customer_id", "_id"))])
class Order:
    """Everything that an order page shows: one document per order."""

    id: Id
    reference: Annotated[str | None, "The caller's own number for the order, unique where given."]
    customer_id: Id
    customer_name: str
    customer_email: str
    items: tuple[OrderItem, ...]
    item_count: Annotated[int, "The number of lines."]
    total: MoneySum
    shipping_address: Address
    status: OrderStatus
    status_history: Annotated[tuple[StatusChange, ...], "Oldest first."]
    placed_at: datetime
    updated_at: Annotated[
        datetime, "Of the order's own last fact; a customer's rename does not move it."
    ]
    estimated_delivery: datetime | None = None
    carrier: str | None = None
    tracking_number: str | None = None
    cancellation_reason: str | None = None
    available_commands: tuple[AvailableCommand, ...]
    version: Annotated[int, "Of the order itself: give it back as expectedVersion."]
    position: Annotated[
        Position,
        "Of the last change that this document shows. It never goes back; a rename that reaches it"
        " moves it.",
    ] = Position(0)

"""What there is in a shop, in plain values."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = Any

DIGITS = {"EUR": 2, "JPY": 0, "KWD": 3}
"""After the point, in each currency that is used here."""

Shelf = tuple[str, str]
"""A category and a currency."""


@dataclass
class Customer:
    id: str
    name: str
    email: str
    address: Json
    registered_at: datetime


@dataclass
class Product:
    id: str
    sku: str
    name: str
    description: str | None
    category: str
    minor: int
    currency: str
    discontinued: bool = False
    came_in: list[int] = field(default_factory=list)
    """Units received, and by how many the stock was adjusted."""

    @property
    def shelf(self) -> Shelf:
        return (self.category, self.currency)


@dataclass
class Line:
    product_id: str
    sku: str
    name: str
    quantity: int
    minor: int


@dataclass
class Order:
    id: str
    customer_id: str
    reference: str | None
    lines: list[Line]
    currency: str
    address: Json
    placed_at: datetime
    statuses: list[tuple[str, datetime, str | None]]
    """Each that it took on, when, and with which note."""
    carrier: str | None = None
    tracking_number: str | None = None
    estimated_delivery: datetime | None = None

    @property
    def status(self) -> str:
        return self.statuses[-1][0]

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def total(self) -> int:
        return sum(line.quantity * line.minor for line in self.lines)


@dataclass
class Fact:
    """`of` is whose history it belongs to; `shelves` are those whose statistics it concerns."""

    position: int
    of: str
    name: str
    at: datetime
    actor: str
    data: Json = None
    shelves: set[Shelf] = field(default_factory=set)
    is_rename: bool = False

"""The values that documents are made of, and the marks on their fields that shape the API."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Final, NewType, TypeVar

Id = NewType("Id", str)
"""An identifier: a type prefix and a time-ordered unique part, such as ord_…"""

BigInt = NewType("BigInt", int)
"""A count that can outgrow 32 bits."""

Position = NewType("Position", int)
"""A place in the event log."""


class Internal:
    """Marks a field that is kept for queries and projections and is no part of the API."""


INTERNAL: Final = Internal()
T = TypeVar("T")
Inner = Annotated[T, INTERNAL]


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount: integer minor units (cents) of an ISO 4217 currency."""

    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class MoneySum:
    """A sum that can outgrow 64 bits, exact: whole minor units of a currency."""

    minor: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address."""

    recipient: str | None = None
    line1: str
    line2: str | None = None
    city: str
    region: str | None = None
    postal_code: str | None = None
    country: str

"""The values that documents are made of."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, TypeVar

from commands.marks import INTERNAL
from commands.marks import BigInt as BigInt
from commands.marks import Currency as Currency
from commands.marks import Id as Id

T = TypeVar("T")
Inner = Annotated[T, INTERNAL]
"""A field that is kept for queries and projections and is no part of the API."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in the event log, `at`; of a document, what of the log it shows.

    A change that fans out may reach a document after later facts have, and then leaves `at` where
    it is: `revision` counts the fan-outs that the document shows, so that of two states the newer
    one is the greater. `since` is where the fact stands that began the document: what fans out
    from before it has nothing new for it.
    """

    at: int
    revision: int = 0
    since: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.at}.{self.revision}" if self.revision else str(self.at)


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

    recipient: Annotated[str | None, "Who receives it, where not the customer."] = None
    line1: Annotated[str, "Street and number, or what stands for them."]
    line2: Annotated[str | None, "A second line: floor, building."] = None
    city: Annotated[str, "City, town or village."]
    region: Annotated[str | None, "State, province or county."] = None
    postal_code: Annotated[str | None, "As its country writes it."] = None
    country: Annotated[str, "As it was given: a name or a code."]

"""The values of commands as callers give them, before they are checked."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Final, TypeVar

from commands.marks import INTERNAL as INTERNAL
from commands.marks import KEEP as KEEP
from commands.marks import Currency as Currency
from commands.marks import Id as Id
from commands.marks import Keep as Keep
from commands.marks import Mark

T = TypeVar("T")


def changed(value: T | Keep | None, current: T) -> T:
    """What a value that cannot be cleared becomes."""
    return current if value is KEEP or value is None else value


class NeverCleared(Mark):
    """Marks a text that a change can replace and never take away: empty, it is refused, where any
    other optional text that is empty counts as not given."""


NEVER_CLEARED: Final = NeverCleared()


class Email(Mark):
    """Marks an email address, which is kept in Unicode's composed form."""


EMAIL: Final = Email()


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An exact amount of a currency."""

    amount: Annotated[Decimal, "With no more digits after the point than the currency has."]
    currency: Annotated[Currency, "Of the amount."]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderItem:
    """So many units of a product."""

    product_id: Annotated[Id, "Which product."]
    quantity: Annotated[int, "1 to 1,000,000."]
    unit_price: Annotated[Money | None, INTERNAL] = None
    """A price agreed for this line; the catalogue's where there is none."""

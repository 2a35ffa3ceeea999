"""The values of commands as callers give them, before they are checked."""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Annotated, Final, NewType, TypeVar

T = TypeVar("T")

Currency = NewType("Currency", str)
"""An ISO 4217 code."""

Id = NewType("Id", str)
"""An identifier that may or may not name something."""


class Keep(Enum):
    """The type of KEEP."""

    KEEP = "KEEP"


KEEP: Final = Keep.KEEP
"""The default of a field of a change: it was not named, and stays as it is. None clears it."""


def changed(value: T | Keep | None, current: T) -> T:
    """What a value that cannot be cleared becomes."""
    return current if value is KEEP or value is None else value


class Internal:
    """Marks a field that is not asked of callers of the API."""


INTERNAL = Internal()


class NeverCleared:
    """Marks a text that a change can replace and never take away: empty, it is refused, where any
    other optional text that is empty counts as not given."""


NEVER_CLEARED: Final = NeverCleared()


class Email:
    """Marks an email address, which is kept in Unicode's composed form."""


EMAIL: Final = Email()


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An exact amount of a currency."""

    amount: Decimal
    currency: Currency


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderItem:
    """So many units of a product."""

    product_id: Id
    quantity: Annotated[int, "1 to 1,000,000."]
    unit_price: Annotated[Money | None, INTERNAL] = None
    """A price agreed for this line; the catalogue's where there is none."""

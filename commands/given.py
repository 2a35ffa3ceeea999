"""The values of commands as callers give them, before they are checked."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, NewType

Currency = NewType("Currency", str)
"""An ISO 4217 code."""

Id = NewType("Id", str)
"""An identifier that may or may not name something."""


class Internal:
    """Marks a field that is not asked of callers of the API."""


INTERNAL = Internal()


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

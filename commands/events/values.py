"""The values that facts are made of."""

from dataclasses import dataclass
from typing import Annotated


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount: integer minor units (cents) of an ISO 4217 currency."""

    minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address."""

    line1: str
    city: str
    country: str
    recipient: Annotated[str | None, "Empty, it counts as not given."] = None
    line2: Annotated[str | None, "Empty, it counts as not given."] = None
    region: Annotated[str | None, "Empty, it counts as not given."] = None
    postal_code: Annotated[str | None, "Empty, it counts as not given."] = None

"""The values that facts are made of."""

from dataclasses import dataclass


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
    recipient: str | None = None
    line2: str | None = None
    region: str | None = None
    postal_code: str | None = None

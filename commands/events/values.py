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

    line1: Annotated[str, "Street and number, or what stands for them."]
    city: Annotated[str, "City, town or village."]
    country: Annotated[str, "As the sender writes it: a name or a code."]
    recipient: Annotated[
        str | None, "Who receives it, where not the customer. Empty, it counts as not given."
    ] = None
    line2: Annotated[
        str | None, "A second line: floor, building. Empty, it counts as not given."
    ] = None
    region: Annotated[str | None, "State, province or county. Empty, it counts as not given."] = (
        None
    )
    postal_code: Annotated[
        str | None, "As its country writes it. Empty, it counts as not given."
    ] = None

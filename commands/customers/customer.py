"""Who orders."""

import unicodedata
from dataclasses import replace
from typing import Self

from commands.aggregate import Aggregate, Claim, Kept, aggregate
from commands.events import Address, CustomerChanged, CustomerRegistered, Event


def email_claim(email: str) -> Claim:
    """An email is one customer's, whatever its case and its composition in Unicode: compared as
    the Unicode standard says of canonical caseless matching."""
    folded = unicodedata.normalize("NFD", email).casefold()
    return Claim("email", unicodedata.normalize("NFC", folded))


@aggregate
class Customer(Aggregate):
    category = "customer"
    kept = Kept.STATE_STORED

    id: str
    name: str
    email: str
    address: Address | None

    @classmethod
    def evolve(cls, state: Self | None, event: Event) -> Self:
        match event:
            case CustomerRegistered(customer_id=id, personal=who):
                return cls(id=id, name=who.name, email=who.email, address=who.address)
            case CustomerChanged(personal=who) if state:
                return replace(state, name=who.name, email=who.email, address=who.address)
        raise TypeError(f"{event!r} is no fact about {state!r}")

    @property
    def claims(self) -> frozenset[Claim]:
        return frozenset({email_claim(self.email)})

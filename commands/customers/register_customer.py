"""RegisterCustomer."""

from collections.abc import Iterator
from dataclasses import field
from datetime import datetime
from typing import Annotated

from commands import checks
from commands.aggregate import Need, Ref, World
from commands.command import command
from commands.customers.customer import Customer, email_claim
from commands.events import Address, CustomerPersonal, CustomerRegistered
from commands.given import EMAIL, INTERNAL, Id
from commands.ids import new_id
from commands.refusal import Refusal, Rejected, already_exists


@command
class RegisterCustomer:
    """Record somebody who can order. The email is theirs alone, whatever its case and its
    composition in Unicode; the first customer to have it is named to whoever asks for it again."""

    customer_id: Annotated[Id, INTERNAL] = field(default_factory=lambda: Id(new_id("cus")))
    name: Annotated[str, "At most 200 characters."]
    email: Annotated[
        str,
        EMAIL,
        "One @, nothing invisible; unique whatever its case and its composition in Unicode.",
    ]
    address: Annotated[Address | None, "Where they live."] = None

    @property
    def target(self) -> Ref[Customer]:
        return Ref(Customer, self.customer_id)

    def check(self) -> Iterator[Refusal]:
        yield from checks.text(self.name, "name")
        yield from checks.email(self.email, "email")
        yield from checks.address(self.address, "address")

    def needs(self, world: World) -> Iterator[Need]:
        yield self.target
        yield email_claim(self.email)

    def decide(self, world: World, now: datetime) -> Iterator[CustomerRegistered]:
        if owner := world.owner(email_claim(self.email)):
            raise Rejected(already_exists("customer", owner, "email", "email"))
        yield CustomerRegistered(
            customer_id=self.customer_id,
            personal=CustomerPersonal(name=self.name, email=self.email, address=self.address),
        )

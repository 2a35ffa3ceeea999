"""ChangeCustomer."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from commands import checks
from commands.aggregate import Need, Ref, World
from commands.command import command
from commands.customers.customer import Customer, email_claim
from commands.events import Address, CustomerChanged, CustomerPersonal
from commands.given import EMAIL, KEEP, NEVER_CLEARED, Id, Keep, changed
from commands.refusal import Refusal, Rejected, already_exists, not_found


@command
class ChangeCustomer:
    """Correct what is known of a customer.

    What is left out stays; null clears the address. Orders follow the name and the email, and keep
    the address that they go to.
    """

    customer_id: Annotated[Id, "Which customer."]
    name: Annotated[str | Keep | None, NEVER_CLEARED, "At most 200 characters; never cleared."] = (
        KEEP
    )
    email: Annotated[
        str | Keep | None,
        EMAIL,
        NEVER_CLEARED,
        "One @, nothing invisible; unique whatever its case and its composition in Unicode; never"
        " cleared.",
    ] = KEEP
    address: Annotated[Address | Keep | None, "Null clears it."] = KEEP
    expected_version: Annotated[int | None, "Refused with CONFLICT where it is another."] = None

    @property
    def target(self) -> Ref[Customer]:
        return Ref(Customer, self.customer_id)

    def check(self) -> Iterator[Refusal]:
        yield from checks.something_to_change(self.name, self.email, self.address)
        if self.name is not KEEP:
            yield from checks.required(self.name, "name")
            yield from checks.text(self.name, "name")
        if self.email is not KEEP:
            yield from checks.required(self.email, "email")
            yield from checks.email(self.email, "email")
        if self.address is not KEEP:
            yield from checks.address(self.address, "address")

    def needs(self, world: World) -> Iterator[Need]:
        yield self.target
        if isinstance(self.email, str):
            yield email_claim(self.email)

    def decide(self, world: World, now: datetime) -> Iterator[CustomerChanged]:
        customer = world.find(Customer, self.customer_id)
        if customer is None:
            raise Rejected(not_found("customer", self.customer_id, "customer_id"))
        email = changed(self.email, customer.email)
        if email != customer.email:
            owner = world.owner(email_claim(email))
            if owner not in (None, customer.id):
                raise Rejected(already_exists("customer", owner, "email", "email"))
        personal = CustomerPersonal(
            name=changed(self.name, customer.name),
            email=email,
            address=customer.address if self.address is KEEP else self.address,
        )
        yield CustomerChanged(
            customer_id=customer.id,
            changed=tuple(
                name
                for name in ("name", "email", "address")
                if getattr(personal, name) != getattr(customer, name)
            ),
            personal=personal,
        )

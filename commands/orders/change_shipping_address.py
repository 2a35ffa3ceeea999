"""ChangeShippingAddress."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from commands import checks
from commands.aggregate import Need, Ref, World
from commands.command import command
from commands.events import Address, ShippingAddressChanged, ShippingPersonal
from commands.given import Id
from commands.orders.guards import CHANGE_SHIPPING_ADDRESS
from commands.orders.order import Order, allowed
from commands.refusal import Refusal


@command
class ChangeShippingAddress:
    """Send an order elsewhere, as long as it has not left."""

    order_id: Annotated[Id, "Which order."]
    shipping_address: Annotated[Address, "The whole of it; each line at most 500 characters."]
    expected_version: Annotated[int | None, "Refused with CONFLICT where it is another."] = None

    @property
    def target(self) -> Ref[Order]:
        return Ref(Order, self.order_id)

    def check(self) -> Iterator[Refusal]:
        yield from checks.address(self.shipping_address, "shipping_address")

    def needs(self, world: World) -> Iterator[Need]:
        yield self.target

    def decide(self, world: World, now: datetime) -> Iterator[ShippingAddressChanged]:
        order = allowed(world, self.order_id, CHANGE_SHIPPING_ADDRESS)
        yield ShippingAddressChanged(
            order_id=order.id,
            customer_id=order.customer_id,
            personal=ShippingPersonal(shipping_address=self.shipping_address),
        )

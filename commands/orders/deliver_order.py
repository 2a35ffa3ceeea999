"""DeliverOrder."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from commands.aggregate import Need, Ref, World
from commands.command import command
from commands.events import OrderDelivered
from commands.given import Id
from commands.orders.guards import DELIVER
from commands.orders.order import Order, allowed
from commands.refusal import Refusal


@command
class DeliverOrder:
    """Note that a SHIPPED order has reached its customer."""

    order_id: Annotated[Id, "Which order."]
    expected_version: Annotated[int | None, "Refused with CONFLICT where it is another."] = None

    @property
    def target(self) -> Ref[Order]:
        return Ref(Order, self.order_id)

    def check(self) -> Iterator[Refusal]:
        yield from ()

    def needs(self, world: World) -> Iterator[Need]:
        yield self.target

    def decide(self, world: World, now: datetime) -> Iterator[OrderDelivered]:
        order = allowed(world, self.order_id, DELIVER)
        yield OrderDelivered(order_id=order.id, customer_id=order.customer_id)

"""ShipOrder."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from commands import checks
from commands.aggregate import Need, Ref, World
from commands.clock import cut
from commands.command import command
from commands.events import Event, OrderShipped, StockShipped
from commands.given import Id
from commands.orders.guards import SHIP
from commands.orders.order import Order, allowed
from commands.refusal import Refusal
from commands.stock.stock import Stock


@command
class ShipOrder:
    """Send a CONFIRMED order on its way: its units leave what is on hand."""

    order_id: Annotated[Id, "Which order."]
    carrier: Annotated[str, "Who carries it; at most 200 characters."]
    tracking_number: Annotated[str, "At most 200 characters."]
    estimated_delivery: Annotated[
        datetime | None, "When it should arrive; kept to the millisecond."
    ] = None
    expected_version: Annotated[int | None, "Refused with CONFLICT where it is another."] = None

    @property
    def target(self) -> Ref[Order]:
        return Ref(Order, self.order_id)

    def check(self) -> Iterator[Refusal]:
        yield from checks.text(self.carrier, "carrier")
        yield from checks.text(self.tracking_number, "tracking_number")

    def needs(self, world: World) -> Iterator[Need]:
        yield self.target
        if order := world.find(Order, self.order_id):
            for product_id in order.units:
                yield Ref(Stock, product_id)

    def decide(self, world: World, now: datetime) -> Iterator[Event]:
        order = allowed(world, self.order_id, SHIP)
        yield OrderShipped(
            order_id=order.id,
            customer_id=order.customer_id,
            carrier=self.carrier,
            tracking_number=self.tracking_number,
            estimated_delivery=self.estimated_delivery and cut(self.estimated_delivery),
        )
        for product_id, quantity in order.units.items():
            yield StockShipped(product_id=product_id, order_id=order.id, quantity=quantity)

"""CancelOrder."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from commands import checks
from commands.aggregate import Need, Ref, World
from commands.command import command
from commands.events import Event, OrderCancelled, StockReleased
from commands.given import INTERNAL, Id
from commands.orders.guards import CANCEL, EXPIRE
from commands.orders.order import Order, allowed
from commands.refusal import Refusal
from commands.stock.stock import Stock


@command
class CancelOrder:
    """Stop an order. Before it is shipped; releases the stock."""

    order_id: Annotated[Id, "Which order."]
    reason: Annotated[str, "Why; shown to the customer. At most 10,000 characters."]
    only_pending: Annotated[bool, INTERNAL] = False
    """Where it was not confirmed in time: once it is, this is no reason any more."""
    expected_version: Annotated[int | None, "Refused with CONFLICT where it is another."] = None

    @property
    def target(self) -> Ref[Order]:
        return Ref(Order, self.order_id)

    def check(self) -> Iterator[Refusal]:
        yield from checks.text(self.reason, "reason", limit=checks.LONG)

    def needs(self, world: World) -> Iterator[Need]:
        yield self.target
        if order := world.find(Order, self.order_id):
            for product_id in order.units:
                yield Ref(Stock, product_id)

    def decide(self, world: World, now: datetime) -> Iterator[Event]:
        order = allowed(world, self.order_id, EXPIRE if self.only_pending else CANCEL)
        yield OrderCancelled(
            order_id=order.id,
            customer_id=order.customer_id,
            reason=self.reason,
            placed_at=order.placed_at,
            total=order.total,
            lines=order.lines,
        )
        for product_id, quantity in order.units.items():
            yield StockReleased(product_id=product_id, order_id=order.id, quantity=quantity)

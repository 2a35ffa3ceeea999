"""ReceiveStock."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from commands import checks
from commands.aggregate import Need, Ref, World
from commands.command import command
from commands.events import StockReceived
from commands.given import Id
from commands.products.catalogue import existing
from commands.products.product import Product
from commands.refusal import Refusal, Rejected
from commands.stock.stock import Stock


@command
class ReceiveStock:
    """Take in units of a product: they can be ordered at once."""

    product_id: Annotated[Id, "Which product."]
    quantity: Annotated[int, "1 to 1,000,000."]

    @property
    def target(self) -> Ref[Stock]:
        return Ref(Stock, self.product_id)

    def check(self) -> Iterator[Refusal]:
        yield from checks.quantity(self.quantity, "quantity")

    def needs(self, world: World) -> Iterator[Need]:
        yield self.target
        yield Ref(Product, self.product_id)

    def decide(self, world: World, now: datetime) -> Iterator[StockReceived]:
        existing(world, self.product_id, "product_id")
        stock = world.find(Stock, self.product_id) or Stock()
        if stock.on_hand + self.quantity > checks.MAX_ON_HAND:
            raise Rejected(checks.too_many(stock.on_hand, "quantity"))
        yield StockReceived(product_id=self.product_id, quantity=self.quantity)

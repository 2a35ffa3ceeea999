"""AdjustStock."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from commands import checks
from commands.aggregate import Need, Ref, World
from commands.command import command
from commands.events import StockAdjusted
from commands.given import Id
from commands.products.catalogue import existing
from commands.products.product import Product
from commands.refusal import Code, Refusal, Rejected
from commands.stock.stock import Stock


@command
class AdjustStock:
    """Correct what is on hand of a product: counted anew, broken, lost, found."""

    product_id: Annotated[Id, "Which product."]
    change: Annotated[
        int, "Added to what is on hand; may be negative, never below what is reserved."
    ]
    reason: Annotated[str, "Why; at most 10,000 characters."]

    @property
    def target(self) -> Ref[Stock]:
        return Ref(Stock, self.product_id)

    def check(self) -> Iterator[Refusal]:
        yield from checks.text(self.reason, "reason", limit=checks.LONG)

    def needs(self, world: World) -> Iterator[Need]:
        yield self.target
        yield Ref(Product, self.product_id)

    def decide(self, world: World, now: datetime) -> Iterator[StockAdjusted]:
        existing(world, self.product_id, "product_id")
        stock = world.find(Stock, self.product_id) or Stock()
        on_hand = stock.on_hand + self.change
        if on_hand < stock.reserved:
            raise Rejected(
                Refusal(
                    Code.OUT_OF_STOCK,
                    f"There are {stock.on_hand:,} on hand, and {stock.reserved:,} of them are"
                    " reserved.",
                    ("change",),
                )
            )
        if on_hand > checks.MAX_ON_HAND:
            raise Rejected(checks.too_many(stock.on_hand, "change"))
        yield StockAdjusted(product_id=self.product_id, change=self.change, reason=self.reason)

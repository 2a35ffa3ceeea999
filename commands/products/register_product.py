"""RegisterProduct."""

from collections.abc import Iterator
from dataclasses import field
from datetime import datetime
from typing import Annotated

from commands import checks, given
from commands.aggregate import Need, Ref, World
from commands.command import command
from commands.events import Event, ProductRegistered, StockReceived
from commands.given import INTERNAL, Id
from commands.ids import new_id
from commands.products.product import Product, sku_claim
from commands.refusal import Refusal, Rejected, already_exists
from commands.stock.stock import Stock


@command
class RegisterProduct:
    """Put a product into the catalogue, with what is in stock of it."""

    product_id: Annotated[Id, INTERNAL] = field(default_factory=lambda: Id(new_id("prd")))
    sku: Annotated[str, "Unique, exactly as written; at most 200 characters."]
    name: Annotated[str, "At most 200 characters."]
    description: Annotated[
        str | None, "At most 10,000 characters; an empty one counts as not given."
    ] = None
    category: Annotated[str, "At most 200 characters."]
    price: Annotated[given.Money, "0 to 10^10 minor units."]
    initial_stock: Annotated[int, "Units on hand to begin with."] = 0

    @property
    def target(self) -> Ref[Product]:
        return Ref(Product, self.product_id)

    def check(self) -> Iterator[Refusal]:
        yield from checks.text(self.sku, "sku")
        yield from checks.text(self.name, "name")
        yield from checks.text(self.description, "description", limit=checks.LONG)
        yield from checks.text(self.category, "category")
        yield from checks.price(self.price, "price")
        if not 0 <= self.initial_stock <= checks.MAX_ON_HAND:
            yield checks.invalid(
                f"On hand is 0 to {checks.MAX_ON_HAND:,}; this is {self.initial_stock:,}.",
                "initial_stock",
            )

    def needs(self, world: World) -> Iterator[Need]:
        yield self.target
        yield sku_claim(self.sku)
        yield Ref(Stock, self.product_id)

    def decide(self, world: World, now: datetime) -> Iterator[Event]:
        if owner := world.owner(sku_claim(self.sku)):
            raise Rejected(already_exists("product", owner, "SKU", "sku"))
        yield ProductRegistered(
            product_id=self.product_id,
            sku=self.sku,
            name=self.name,
            description=self.description,
            category=self.category,
            price=checks.money(self.price),
        )
        if self.initial_stock:
            yield StockReceived(product_id=self.product_id, quantity=self.initial_stock)

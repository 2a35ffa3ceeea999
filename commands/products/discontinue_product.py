"""DiscontinueProduct."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from commands.aggregate import Need, Ref, World
from commands.command import command
from commands.events import ProductDiscontinued
from commands.given import Id
from commands.products.catalogue import on_sale
from commands.products.product import Product
from commands.refusal import Refusal


@command
class DiscontinueProduct:
    """Take a product off sale: no new order can have it; open ones go on."""

    product_id: Annotated[Id, "Which product."]
    expected_version: Annotated[int | None, "Refused with CONFLICT where it is another."] = None

    @property
    def target(self) -> Ref[Product]:
        return Ref(Product, self.product_id)

    def check(self) -> Iterator[Refusal]:
        yield from ()

    def needs(self, world: World) -> Iterator[Need]:
        yield self.target

    def decide(self, world: World, now: datetime) -> Iterator[ProductDiscontinued]:
        on_sale(world, self.product_id)
        yield ProductDiscontinued(product_id=self.product_id)

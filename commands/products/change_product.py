"""ChangeProduct."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from commands import checks
from commands.aggregate import Need, Ref, World
from commands.command import command
from commands.events import ProductChanged
from commands.given import KEEP, NEVER_CLEARED, Id, Keep, changed
from commands.products.catalogue import on_sale
from commands.products.product import Product
from commands.refusal import Refusal


@command
class ChangeProduct:
    """Call a product otherwise, or put it into another category.

    What is left out stays; null clears the description. Orders keep the name of their moment.
    """

    product_id: Annotated[Id, "Which product."]
    name: Annotated[str | Keep | None, NEVER_CLEARED, "At most 200 characters; never cleared."] = (
        KEEP
    )
    description: Annotated[
        str | Keep | None,
        "At most 10,000 characters; null clears it; an empty one counts as not given.",
    ] = KEEP
    category: Annotated[
        str | Keep | None, NEVER_CLEARED, "At most 200 characters; never cleared."
    ] = KEEP
    expected_version: Annotated[int | None, "Refused with CONFLICT where it is another."] = None

    @property
    def target(self) -> Ref[Product]:
        return Ref(Product, self.product_id)

    def check(self) -> Iterator[Refusal]:
        yield from checks.something_to_change(self.name, self.description, self.category)
        if self.name is not KEEP:
            yield from checks.required(self.name, "name")
            yield from checks.text(self.name, "name")
        if self.description is not KEEP:
            yield from checks.text(self.description, "description", limit=checks.LONG)
        if self.category is not KEEP:
            yield from checks.required(self.category, "category")
            yield from checks.text(self.category, "category")

    def needs(self, world: World) -> Iterator[Need]:
        yield self.target

    def decide(self, world: World, now: datetime) -> Iterator[ProductChanged]:
        product = on_sale(world, self.product_id)
        yield ProductChanged(
            product_id=product.id,
            name=changed(self.name, product.name),
            description=product.description if self.description is KEEP else self.description,
            category=changed(self.category, product.shelf),
            former_category=product.shelf,
        )

"""ChangePrice."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from commands import checks, given
from commands.aggregate import Need, Ref, World
from commands.command import command
from commands.events import PriceChanged
from commands.given import Id
from commands.products.catalogue import on_sale
from commands.products.product import Product
from commands.refusal import Code, Refusal, Rejected


@command
class ChangePrice:
    """Give a product another price, in its own currency. Orders keep the price of their moment."""

    product_id: Annotated[Id, "Which product."]
    price: Annotated[given.Money, "0 to 10^10 minor units, in the product's currency."]
    expected_version: Annotated[int | None, "Refused with CONFLICT where it is another."] = None

    @property
    def target(self) -> Ref[Product]:
        return Ref(Product, self.product_id)

    def check(self) -> Iterator[Refusal]:
        yield from checks.price(self.price, "price")

    def needs(self, world: World) -> Iterator[Need]:
        yield self.target

    def decide(self, world: World, now: datetime) -> Iterator[PriceChanged]:
        product = on_sale(world, self.product_id)
        if self.price.currency != product.price.currency:
            raise Rejected(
                Refusal(
                    Code.CURRENCY_MISMATCH,
                    f"The product is priced in {product.price.currency}.",
                    ("price", "currency"),
                )
            )
        yield PriceChanged(product_id=self.product_id, price=checks.money(self.price))

"""What can be ordered, and at which price."""

from dataclasses import replace
from typing import Self

from commands.aggregate import Aggregate, Claim, Kept, aggregate
from commands.events import (
    Event,
    Money,
    PriceChanged,
    ProductChanged,
    ProductDiscontinued,
    ProductRegistered,
)


def sku_claim(sku: str) -> Claim:
    """A SKU is one product's, exactly as written."""
    return Claim("sku", sku)


@aggregate
class Product(Aggregate):
    category = "product"
    kept = Kept.STATE_STORED

    id: str
    sku: str
    name: str
    description: str | None
    shelf: str
    """The catalogue's category."""
    price: Money
    discontinued: bool

    @classmethod
    def evolve(cls, state: Self | None, event: Event) -> Self:
        match event:
            case ProductRegistered():
                return cls(
                    id=event.product_id,
                    sku=event.sku,
                    name=event.name,
                    description=event.description,
                    shelf=event.category,
                    price=event.price,
                    discontinued=False,
                )
            case ProductChanged(name=name, description=text, category=shelf) if state:
                return replace(state, name=name, description=text, shelf=shelf)
            case PriceChanged(price=price) if state:
                return replace(state, price=price)
            case ProductDiscontinued() if state:
                return replace(state, discontinued=True)
        raise TypeError(f"{event!r} is no fact about {state!r}")

    @property
    def claims(self) -> frozenset[Claim]:
        return frozenset({sku_claim(self.sku)})

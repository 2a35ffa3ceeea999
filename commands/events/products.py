"""The facts about what the catalogue offers."""

from commands.events.event import Event, event
from commands.events.values import Money


class ProductEvent(Event):
    __slots__ = ()
    stream_category = "product"
    product_id: str

    @property
    def key(self) -> str:
        return self.product_id


@event
class ProductRegistered(ProductEvent):
    product_id: str
    sku: str
    name: str
    description: str | None
    category: str
    price: Money


@event
class ProductChanged(ProductEvent):
    """What the product is called and where it stands in the catalogue, as it is now;
    `former_category` is where it stood before, be it the same."""

    product_id: str
    name: str
    description: str | None
    category: str
    former_category: str


@event
class PriceChanged(ProductEvent):
    product_id: str
    price: Money


@event
class ProductDiscontinued(ProductEvent):
    """The product is off sale for good; orders that have it go on."""

    product_id: str

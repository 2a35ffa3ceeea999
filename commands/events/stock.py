"""The facts about the units of a product: received, promised to orders, gone."""

from commands.events.event import Event, event


class StockEvent(Event):
    __slots__ = ()
    stream_category = "stock"
    product_id: str

    @property
    def key(self) -> str:
        return self.product_id


@event
class StockReceived(StockEvent):
    """Units came in: on hand grows."""

    product_id: str
    quantity: int


@event
class StockAdjusted(StockEvent):
    """What is on hand was corrected: `change` is added to it, and may be negative."""

    product_id: str
    change: int
    reason: str


@event
class StockReserved(StockEvent):
    """Units on hand were promised to an order: reserved grows."""

    product_id: str
    order_id: str
    quantity: int


@event
class StockReleased(StockEvent):
    """An order was cancelled: its units are free again."""

    product_id: str
    order_id: str
    quantity: int


@event
class StockShipped(StockEvent):
    """Reserved units left the house: on hand and reserved shrink."""

    product_id: str
    order_id: str
    quantity: int

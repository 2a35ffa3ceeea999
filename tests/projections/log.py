"""A log in memory, and the facts that tests put into it."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from commands.events import (
    Address,
    CancelledLine,
    CustomerChanged,
    CustomerPersonal,
    CustomerRegistered,
    Event,
    Money,
    OrderCancelled,
    OrderConfirmed,
    OrderDelivered,
    OrderLine,
    OrderPersonal,
    OrderPlaced,
    OrderShipped,
    PriceChanged,
    ProductChanged,
    ProductDiscontinued,
    ProductRegistered,
    Recorded,
    StockReceived,
    StockReleased,
    StockReserved,
    StockShipped,
)

FIRST_INSTANT = datetime(2026, 1, 1, tzinfo=UTC)


def instant(position: int) -> datetime:
    """When the fact at a position occurred: a second for each."""
    return FIRST_INSTANT + timedelta(seconds=position)


class MemoryLog:
    """A log with dense positions from 1, which wakes who waits for more."""

    def __init__(self, *events: Event) -> None:
        self.facts: list[Recorded[Event]] = []
        self._versions: Counter[str] = Counter()
        self._grown = asyncio.Event()
        self.record(*events)

    def record(self, *events: Event, occurred_at: datetime | None = None) -> int:
        """Append facts and give back the last one's position."""
        for event in events:
            self._versions[event.stream] += 1
            position = len(self.facts) + 1
            self.facts.append(
                Recorded(
                    position=position,
                    stream=event.stream,
                    version=self._versions[event.stream],
                    event=event,
                    recorded_at=instant(position),
                    occurred_at=occurred_at or instant(position),
                    actor="tester",
                    command_id=f"cmd_{position}",
                    causation=None,
                )
            )
        self._grown.set()
        return len(self.facts)

    async def head(self) -> int:
        return len(self.facts)

    async def read(self, after: int, limit: int) -> Sequence[Recorded[Event]]:
        return self.facts[after : after + limit]

    async def changed(self, after: int, timeout: float) -> None:
        if len(self.facts) > after:
            return
        grown = self._grown
        try:
            async with asyncio.timeout(timeout):
                await grown.wait()
        except TimeoutError:
            return
        if self._grown is grown:
            self._grown = asyncio.Event()


ADDRESS = Address(line1="1 Main Street", city="Springfield", country="US", postal_code="12345")


def customer_registered(id: str = "cus_1", name: str = "Ada") -> CustomerRegistered:
    return CustomerRegistered(
        customer_id=id,
        personal=CustomerPersonal(name=name, email=f"{name.lower()}@example.com", address=ADDRESS),
    )


def customer_renamed(id: str = "cus_1", name: str = "Countess") -> CustomerChanged:
    return CustomerChanged(
        customer_id=id,
        changed=("name", "email"),
        personal=CustomerPersonal(name=name, email=f"{name.lower()}@example.com", address=ADDRESS),
    )


def product_registered(
    id: str = "prd_1", minor: int = 1250, *, category: str = "Lamps", currency: str = "EUR"
) -> ProductRegistered:
    return ProductRegistered(
        product_id=id,
        sku=f"SKU-{id}",
        name=f"Lamp {id}",
        description=None,
        category=category,
        price=Money(minor, currency),
    )


def product_moved(id: str, former: str, category: str) -> ProductChanged:
    return ProductChanged(
        product_id=id,
        name=f"Lamp {id}",
        description=None,
        category=category,
        former_category=former,
    )


def price_changed(id: str, minor: int, currency: str = "EUR") -> PriceChanged:
    return PriceChanged(product_id=id, price=Money(minor, currency))


def product_discontinued(id: str) -> ProductDiscontinued:
    return ProductDiscontinued(product_id=id)


def stock_received(id: str = "prd_1", quantity: int = 10) -> StockReceived:
    return StockReceived(product_id=id, quantity=quantity)


def line(product: str = "prd_1", quantity: int = 2, minor: int = 1250) -> OrderLine:
    return OrderLine(
        product_id=product,
        sku=f"SKU-{product}",
        product_name=f"Lamp {product}",
        quantity=quantity,
        unit_price=Money(minor, "EUR"),
    )


def order_placed(
    id: str = "ord_1",
    *lines: OrderLine,
    customer: str = "cus_1",
    reference: str | None = None,
    currency: str = "EUR",
    name: str = "Ada",
) -> OrderPlaced:
    lines = lines or (line(),)
    return OrderPlaced(
        order_id=id,
        customer_id=customer,
        reference=reference,
        lines=lines,
        total=Money(sum(each.quantity * each.unit_price.minor for each in lines), currency),
        personal=OrderPersonal(
            customer_name=name,
            customer_email=f"{name.lower()}@example.com",
            shipping_address=ADDRESS,
        ),
        placed_at=FIRST_INSTANT,
    )


def reserved(order: OrderPlaced) -> list[Event]:
    return [
        StockReserved(product_id=each.product_id, order_id=order.order_id, quantity=each.quantity)
        for each in order.lines
    ]


def order_confirmed(id: str = "ord_1", customer: str = "cus_1") -> OrderConfirmed:
    return OrderConfirmed(order_id=id, customer_id=customer)


def order_shipped(id: str = "ord_1", customer: str = "cus_1") -> OrderShipped:
    return OrderShipped(
        order_id=id,
        customer_id=customer,
        carrier="DHL",
        tracking_number="T-1",
        estimated_delivery=datetime(2026, 2, 1, tzinfo=UTC),
    )


def stock_shipped(product: str = "prd_1", order: str = "ord_1", quantity: int = 2) -> StockShipped:
    return StockShipped(product_id=product, order_id=order, quantity=quantity)


def order_delivered(id: str = "ord_1", customer: str = "cus_1") -> OrderDelivered:
    return OrderDelivered(order_id=id, customer_id=customer)


def order_cancelled(
    placed: OrderPlaced, placed_at: datetime = FIRST_INSTANT, reason: str = "Changed my mind."
) -> OrderCancelled:
    return OrderCancelled(
        order_id=placed.order_id,
        customer_id=placed.customer_id,
        reason=reason,
        placed_at=placed_at,
        total=placed.total,
        lines=tuple(
            CancelledLine(
                product_id=each.product_id, quantity=each.quantity, unit_price=each.unit_price
            )
            for each in placed.lines
        ),
    )


def released(order: OrderPlaced) -> list[Event]:
    return [
        StockReleased(product_id=each.product_id, order_id=order.order_id, quantity=each.quantity)
        for each in order.lines
    ]

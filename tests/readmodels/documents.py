"""Documents for tests, and writing them without an engine."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from readmodels.customer import Customer
from readmodels.order import OrderStatus
from readmodels.order_list_item import OrderListItem, StatusSince
from readmodels.order_timeline import TimelineEntry
from readmodels.product import Product
from readmodels.sales_day import SalesDay
from readmodels.store import Changes, Checkpoint, FanOut, Store
from readmodels.values import BigInt, Currency, Id, Money, MoneySum, Position
from readmodels.view import D
from readmodels.words import folded

DAY = datetime(2026, 3, 1, tzinfo=UTC)


def list_item(
    n: int,
    *,
    minute: int | None = None,
    customer: str = "cus_1",
    status: OrderStatus = OrderStatus.PENDING,
    position: int = 1,
) -> OrderListItem:
    placed_at = DAY + timedelta(minutes=n if minute is None else minute)
    return OrderListItem(
        id=Id(f"ord_{n:04}"),
        reference=f"R{n}",
        customer_id=Id(customer),
        customer_name="Ada",
        customer_email="ada@example.com",
        item_count=1,
        total=MoneySum(Decimal(100 * n), "EUR"),
        status=status,
        placed_at=placed_at,
        updated_at=placed_at,
        version=1,
        statuses=(StatusSince(status, position),),
        position=Position(position, since=position),
    )


def product(
    n: int,
    *,
    name: str = "Lamp",
    sku: str | None = None,
    description: str | None = None,
    category: str = "Lamps",
    price: Money | None = None,
    sold: int = 0,
    available: int = 1,
    discontinued: bool = False,
) -> Product:
    price = price or Money(100, "EUR")
    sku = sku or f"S{n}"
    return Product(
        id=Id(f"prd_{n:04}"),
        sku=sku,
        name=name,
        description=description,
        category=category,
        price=price,
        discontinued=discontinued,
        on_hand=available,
        reserved=0,
        available=available,
        units_sold=BigInt(sold),
        version=1,
        name_folded=folded(name),
        in_stock=available > 0,
        sku_folded=folded(sku),
        price_rank=f"{price.currency}{price.minor:020}",
        position=Position(1),
    )


def customer(n: int, *, minute: int | None = None) -> Customer:
    return Customer(
        id=Id(f"cus_{n:04}"),
        name="Ada",
        email=f"ada-{n}@example.com",
        address=None,
        order_count=0,
        open_order_count=0,
        cancelled_order_count=0,
        lifetime_value=(),
        last_order_at=None,
        version=1,
        registered_at=DAY + timedelta(minutes=n if minute is None else minute),
        position=Position(1),
    )


def sales_day(n: int, currency: str) -> SalesDay:
    day = DAY.date() + timedelta(days=n)
    return SalesDay(
        id=Id(f"{day}/{currency}"),
        day=day,
        currency=Currency(currency),
        orders_placed=n,
        orders_cancelled=0,
        units_sold=BigInt(n),
        revenue=MoneySum(Decimal(n), currency),
        position=Position(1),
    )


def timeline_entry(order: str, version: int) -> TimelineEntry:
    return TimelineEntry(
        id=Id(f"{order}/{version}"),
        order_id=Id(order),
        version=version,
        at=DAY,
        event="OrderConfirmed",
        actor=None,
        data="{}",
        position=Position(1),
    )


async def put(
    store: Store,
    document: type[D],
    *,
    inserted: Sequence[D] = (),
    replaced: Sequence[D] = (),
    deleted: Sequence[str] = (),
    position: int | None = None,
    left: Sequence[FanOut] = (),
) -> Checkpoint:
    """Write documents as a view's worker does, by default at the next position; `left` are the
    fan-outs that have not reached all yet."""
    writer = store.writer(document)
    known = await writer.prepare(revision=1)
    shown = known.position + 1 if position is None else position
    stored = await writer.load(known.collection, [document.id for document in replaced])
    changed = [(stored[document.id], document) for document in replaced]
    return await writer.write(
        known,
        replace(known, position=shown, fan_outs=tuple(left)),
        Changes(inserted, changed, deleted),
    )

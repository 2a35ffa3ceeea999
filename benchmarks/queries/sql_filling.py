"""The same history as rows of normalised, indexed tables in PostgreSQL."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.queries.history import Happened
from commands.events import (
    CustomerRegistered,
    Event,
    OrderCancelled,
    OrderConfirmed,
    OrderDelivered,
    OrderPlaced,
    OrderShipped,
    ProductDiscontinued,
    ProductRegistered,
)

Row = tuple[Any, ...]

_HERE = Path(__file__).parent
_TABLES = (_HERE / "tables.sql").read_text()
_INDEXES = (_HERE / "indexes.sql").read_text()
_ROWS_AT_ONCE = 20_000
_COLUMNS = {"order_status_changes": ("order_id", "status", "changed_at", "note")}
"""Where not all are given."""


async def fill(connection: Any, history: Iterable[Happened]) -> None:
    """Tables, rows by COPY, then keys and indexes, and what the planner has to know of them."""
    await connection.execute(_TABLES)
    await _copy(connection, history)
    await connection.execute(_INDEXES)
    await connection.execute("VACUUM ANALYZE")
    await connection.execute("CHECKPOINT")


async def _copy(connection: Any, history: Iterable[Happened]) -> None:
    waiting: dict[str, list[Row]] = defaultdict(list)
    categories: dict[str, int] = {}
    discontinued = []
    for happened in history:
        for event in happened.events:
            if isinstance(event, ProductDiscontinued):
                discontinued.append(number_of(event.product_id))
            for table, row in _rows(event, happened, categories):
                waiting[table].append(row)
        if max(map(len, waiting.values())) >= _ROWS_AT_ONCE:
            await _write(connection, waiting)
    await _write(connection, waiting)
    await connection.execute(
        "UPDATE products SET discontinued = true WHERE id = ANY($1)", discontinued
    )


async def _write(connection: Any, waiting: dict[str, list[Row]]) -> None:
    # Categories come before the products that refer to them.
    for table, rows in sorted(waiting.items()):
        await connection.copy_records_to_table(table, records=rows, columns=_COLUMNS.get(table))
    waiting.clear()


def number_of(id: str) -> int:
    """An id's last digits: the narrow key."""
    return int(id[-13:])


def _rows(
    event: Event, happened: Happened, categories: dict[str, int]
) -> Iterator[tuple[str, Row]]:
    match event:
        case CustomerRegistered(customer_id=id, personal=who):
            yield "customers", (number_of(id), id, who.name, who.email)
        case ProductRegistered():
            if event.category not in categories:
                categories[event.category] = len(categories)
                yield "categories", (categories[event.category], event.category)
            yield "products", _product(event, categories[event.category])
        case OrderPlaced():
            yield "placed", _placed(event)
            yield from _lines(event)
            yield _change(event.order_id, "PENDING", happened)
        case OrderConfirmed(order_id=id):
            yield _change(id, "CONFIRMED", happened)
        case OrderShipped(order_id=id, carrier=carrier):
            yield _change(id, "SHIPPED", happened, carrier)
            shipment = (number_of(id), carrier, event.tracking_number, event.estimated_delivery)
            yield "shipments", shipment
        case OrderDelivered(order_id=id):
            yield _change(id, "DELIVERED", happened)
        case OrderCancelled(order_id=id, reason=reason):
            yield _change(id, "CANCELLED", happened, reason)


def _product(event: ProductRegistered, category: int) -> Row:
    price = event.price
    id = event.product_id
    return (number_of(id), id, event.sku, event.name, category, price.minor, price.currency, False)


def _placed(event: OrderPlaced) -> Row:
    to = event.personal.shipping_address
    return (
        number_of(event.order_id),
        event.order_id,
        event.reference,
        number_of(event.customer_id),
        event.total.currency,
        to.recipient,
        to.line1,
        to.line2,
        to.city,
        to.region,
        to.postal_code,
        to.country,
        event.placed_at,
    )


def _lines(event: OrderPlaced) -> Iterator[tuple[str, Row]]:
    order = number_of(event.order_id)
    for index, line in enumerate(event.lines):
        product = number_of(line.product_id)
        price = line.unit_price.minor
        yield "order_lines", (order, index, product, line.product_name, line.quantity, price)


def _change(id: str, status: str, happened: Happened, note: str | None = None) -> tuple[str, Row]:
    return "order_status_changes", (number_of(id), status, happened.at, note)

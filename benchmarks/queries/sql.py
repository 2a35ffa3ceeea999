"""The queries answered by PostgreSQL: joins and GROUP BY over normalised tables."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from benchmarks.queries.history import order_id, placed_at
from benchmarks.queries.shop import customer_id
from benchmarks.servers import asyncpg_url
from readmodels.store.paging import DEFAULT_PAGE

_ORDER = """
SELECT o.public_id AS id, o.reference, o.status, o.placed_at, o.updated_at, o.version, o.currency,
  c.public_id AS customer_id, c.name AS customer_name, c.email AS customer_email,
  o.recipient, o.line1, o.line2, o.city, o.region, o.postal_code, o.country,
  s.carrier, s.tracking_number, s.estimated_delivery,
  lines.items, lines.item_count, lines.total, history.status_history, history.cancellation_reason
FROM orders o
JOIN customers c ON c.id = o.customer_id
LEFT JOIN shipments s ON s.order_id = o.id
CROSS JOIN LATERAL (
  SELECT count(*) AS item_count, sum(l.quantity * l.unit_price)::bigint AS total,
    json_agg(json_build_object('product_id', p.public_id, 'sku', p.sku,
      'product_name', l.product_name, 'quantity', l.quantity, 'unit_price', l.unit_price,
      'subtotal', l.quantity * l.unit_price) ORDER BY l.line) AS items
  FROM order_lines l JOIN products p ON p.id = l.product_id
  WHERE l.order_id = o.id
) lines
CROSS JOIN LATERAL (
  SELECT max(h.note) FILTER (WHERE h.status = 'CANCELLED') AS cancellation_reason,
    json_agg(json_build_object('status', h.status, 'changed_at', h.changed_at, 'note', h.note)
      ORDER BY h.id) AS status_history
  FROM order_status_changes h WHERE h.order_id = o.id
) history
WHERE o.public_id = $1
"""


def _page(which: str) -> str:
    """The orders are chosen first, so that only their lines are summed up."""
    return f"""
SELECT o.public_id AS id, o.reference, o.status, o.placed_at, o.updated_at, o.version, o.currency,
  c.public_id AS customer_id, c.name AS customer_name, c.email AS customer_email,
  count(*) AS item_count, sum(l.quantity * l.unit_price)::bigint AS total
FROM (SELECT * FROM orders {which}) o
JOIN customers c ON c.id = o.customer_id
JOIN order_lines l ON l.order_id = o.id
GROUP BY o.id, o.public_id, o.reference, o.status, o.placed_at, o.updated_at, o.version,
  o.currency, c.id
ORDER BY o.placed_at DESC, o.id DESC
"""


# One more than is shown, to know whether there are more.
_NEWEST = f"ORDER BY placed_at DESC, id DESC LIMIT {DEFAULT_PAGE + 1}"
_FIRST = _page(_NEWEST)
_OF_CUSTOMER = _page(
    f"WHERE customer_id = (SELECT id FROM customers WHERE public_id = $1) {_NEWEST}"
)
_DEEP = _page(f"WHERE (placed_at, id) < ($1, $2) {_NEWEST}")
_BY_OFFSET = _page(f"{_NEWEST} OFFSET $1")

# Rounding a double goes half to even, as averages here are.
_STATS = """
SELECT g.name AS category, p.currency,
  count(*) FILTER (WHERE NOT p.discontinued) AS product_count,
  round((avg(p.price) FILTER (WHERE NOT p.discontinued))::double precision)::bigint
    AS average_price,
  min(p.price) FILTER (WHERE NOT p.discontinued) AS min_price,
  max(p.price) FILTER (WHERE NOT p.discontinued) AS max_price,
  coalesce(sum(sold.units), 0)::bigint AS units_sold,
  coalesce(sum(sold.revenue), 0)::bigint AS revenue
FROM categories g
JOIN products p ON p.category_id = g.id
LEFT JOIN (
  SELECT l.product_id, sum(l.quantity) AS units, sum(l.quantity * l.unit_price) AS revenue
  FROM order_lines l JOIN orders o ON o.id = l.order_id
  WHERE o.status <> 'CANCELLED'
  GROUP BY l.product_id
) sold ON sold.product_id = p.id
GROUP BY g.name, p.currency
ORDER BY g.name, p.currency
"""

_SETTINGS = {"work_mem": "64MB", "jit": "off"}
"""What a careful team would set: sums in memory, and no compiling for every sum."""

_STATEMENTS = {
    "order": _ORDER,
    "first": _FIRST,
    "of_customer": _OF_CUSTOMER,
    "deep": _DEEP,
    "by_offset": _BY_OFFSET,
    "stats": _STATS,
}


class Sql:
    """Statements that were prepared before; the answers are the driver's records."""

    def __init__(self, prepared: Mapping[str, Any]) -> None:
        self._prepared = prepared

    async def order(self, number: int) -> Any:
        return await self._prepared["order"].fetchrow(order_id(number))

    async def first(self) -> Any:
        return await self._prepared["first"].fetch()

    async def of_customer(self, number: int) -> Any:
        return await self._prepared["of_customer"].fetch(customer_id(number))

    async def deep(self, number: int) -> Any:
        return await self._prepared["deep"].fetch(placed_at(number), number)

    async def stats(self) -> Any:
        return await self._prepared["stats"].fetch()


class SqlByOffset(Sql):
    """Finds the same deep page by counting what lies before it."""

    def __init__(self, prepared: Mapping[str, Any], orders: int) -> None:
        super().__init__(prepared)
        self._orders = orders

    async def deep(self, number: int) -> Any:
        return await self._prepared["by_offset"].fetch(self._orders - number)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Any]:
    """A connection to the database of SQLAlchemy's URL."""
    connection = await asyncpg.connect(asyncpg_url(url), server_settings=_SETTINGS)
    try:
        yield connection
    finally:
        await connection.close()


async def prepared(connection: Any) -> Mapping[str, Any]:
    """The statements by name."""
    return {name: await connection.prepare(text) for name, text in _STATEMENTS.items()}

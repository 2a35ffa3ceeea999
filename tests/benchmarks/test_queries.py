"""What the benchmark of queries stands on: the log that it makes up is one like any other, and SQL
gives the very answers that Diptych gives."""

from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from benchmarks.queries.filled import VIEWS, Filled, filled
from benchmarks.queries.history import customers_of, history, order_id
from benchmarks.servers import Servers
from commands.audit import audit
from commands.feed import Feed
from projections.verify import verify_view
from readmodels.category_stats import CategoryStats
from readmodels.order import Order, OrderItem
from readmodels.order_list_item import OrderListItem
from readmodels.store import Page
from readmodels.values import Money

ORDERS = 200

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(
    tmp_path_factory: pytest.TempPathFactory, postgres_url: str, mongo_url: str
) -> AsyncIterator[Filled]:
    folder = tmp_path_factory.mktemp("queries")
    async with filled(Servers(folder, postgres_url, mongo_url), ORDERS) as shop:
        yield shop


async def test_the_log_is_as_the_commands_would_have_recorded_it(shop: Filled) -> None:
    report = await audit(shop.database)
    assert report.problems == []
    assert report.facts == shop.filling.facts == sum(len(each.events) for each in history(ORDERS))
    for view in VIEWS:
        assert (await verify_view(shop.documents, view, Feed(shop.database))).clean


async def test_orders_go_every_way(shop: Filled) -> None:
    statuses = {(await shop.store.order(number)).status for number in range(ORDERS)}
    assert statuses == {"PENDING", "CONFIRMED", "SHIPPED", "DELIVERED", "CANCELLED"}


async def test_sql_gives_the_same_order_pages(shop: Filled) -> None:
    for number in range(0, ORDERS, 3):
        record = dict(await shop.sql.order(number))
        for inner in ("items", "status_history"):
            record[inner] = msgspec.json.decode(record[inner])
        for change in record["status_history"]:
            change["changed_at"] = datetime.fromisoformat(change["changed_at"])
        assert record == _order(await shop.store.order(number))


async def test_sql_gives_the_same_lists(shop: Filled) -> None:
    first = _page(await shop.store.first())
    assert _listed(await shop.sql.first()) == first
    assert [row["id"] for row in first] == [order_id(ORDERS - 1 - n) for n in range(20)]
    for number in range(customers_of(ORDERS)):
        own = _page(await shop.store.of_customer(number))
        assert _listed(await shop.sql.of_customer(number)) == own
    for number in range(25, ORDERS, 5):
        deep = _page(await shop.store.deep(number))
        assert [row["id"] for row in deep] == [order_id(number - 1 - n) for n in range(20)]
        assert _listed(await shop.sql.deep(number)) == deep
        assert _listed(await shop.by_offset.deep(number)) == deep


async def test_sql_gives_the_same_statistics(shop: Filled) -> None:
    stats = [_stats(each) for each in await shop.store.stats()]
    assert len(stats) == 20
    assert [dict(record) for record in await shop.sql.stats()] == stats


async def test_the_server_answers_of_the_same_documents(shop: Filled) -> None:
    order = (await shop.http.order(7))["order"]
    assert (order["id"], len(order["availableCommands"])) == (order_id(7), 5)
    deep = (await shop.http.deep(100))["orders"]
    assert [node["id"] for node in deep["nodes"]] == [order_id(99 - n) for n in range(20)]
    first = (await shop.http.first())["orders"]
    assert first["nodes"][0]["id"] == order_id(ORDERS - 1)
    own = (await shop.http.of_customer(3))["orders"]
    assert {node["customerName"] for node in own["nodes"]} == {"Ada Lovelace 3"}
    assert len((await shop.http.stats())["categoryStats"]) == 20


def _order(order: Order) -> dict[str, Any]:
    """As the SQL statement's record has it; which commands are allowed follows from the status."""
    row = asdict(order)
    for field in ("available_commands", "position"):
        del row[field]
    address = row.pop("shipping_address")
    return {
        **row,
        **address,
        "currency": order.total.currency,
        "total": int(order.total.minor),
        "items": [_item(item) for item in order.items],
        "status_history": [asdict(change) for change in order.status_history],
    }


def _item(item: OrderItem) -> dict[str, Any]:
    return {**asdict(item), "unit_price": item.unit_price.minor, "subtotal": item.subtotal.minor}


def _page(page: Page[OrderListItem]) -> list[dict[str, Any]]:
    """As the records have it."""
    return [_row(node) for node in page.nodes]


def _row(node: OrderListItem) -> dict[str, Any]:
    row = asdict(node)
    for field in ("statuses", "position"):
        del row[field]
    return {**row, "currency": node.total.currency, "total": int(node.total.minor)}


def _listed(records: Any) -> list[dict[str, Any]]:
    """Without the one record more that tells whether there are more."""
    return [dict(record) for record in records[:20]]


def _stats(stats: CategoryStats) -> dict[str, Any]:
    prices = ("average_price", "min_price", "max_price")
    return {
        "category": stats.category,
        "currency": stats.currency,
        "product_count": stats.product_count,
        **{name: _minor(getattr(stats, name)) for name in prices},
        "units_sold": stats.units_sold,
        "revenue": int(stats.revenue.minor),
    }


def _minor(money: Money | None) -> int | None:
    return None if money is None else money.minor

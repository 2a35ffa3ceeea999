"""What the workers of several views write at the same moment."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from readmodels.order_list_item import OrderListItem
from readmodels.product import Product
from readmodels.store import Changes, Checkpoint, LeaseLost, Store, ViewWriter
from readmodels.store.errors import WriteRefused
from tests.readmodels.documents import list_item, product

ONE, LAMP = list_item(1), product(1)


async def taken(store: Store, document: type[Any]) -> tuple[ViewWriter[Any], Checkpoint]:
    writer = store.writer(document)
    return writer, await writer.prepare(revision=1)


async def transactions_of(store: Store) -> int:
    status = await store._connection.driver.database.command("serverStatus")
    return int(status["transactions"]["totalCommitted"])


async def test_it_is_one_transaction(store: Store) -> None:
    orders, orders_known = await taken(store, OrderListItem)
    products, products_known = await taken(store, Product)
    before = await transactions_of(store)
    at_one, at_two = await asyncio.gather(
        orders.write(orders_known, replace(orders_known, position=7), Changes([ONE])),
        products.write(products_known, replace(products_known, position=7), Changes([LAMP])),
    )
    assert await transactions_of(store) == before + 1
    assert await orders.checkpoint() == at_one
    assert await products.checkpoint() == at_two
    assert (at_one.position, at_two.position) == (7, 7)
    assert await store.get(OrderListItem, ONE.id) == ONE
    assert await store.get(Product, LAMP.id) == LAMP


@pytest.mark.parametrize("fault", ["a lost lease", "a refused document"])
async def test_one_that_cannot_be_written_holds_back_itself_alone(store: Store, fault: str) -> None:
    orders, orders_known = await taken(store, OrderListItem)
    products, products_known = await taken(store, Product)
    await orders.write(orders_known, replace(orders_known, position=1), Changes([ONE]))
    expected: type[Exception]
    if fault == "a lost lease":
        stale, changes, expected = orders_known, Changes([list_item(2)]), LeaseLost
    else:
        stale, changes, expected = await orders.checkpoint(), Changes([ONE]), WriteRefused
    failed, written = await asyncio.gather(
        orders.write(stale, replace(stale, position=2), changes),
        products.write(products_known, replace(products_known, position=2), Changes([LAMP])),
        return_exceptions=True,
    )
    assert isinstance(failed, expected)
    assert (await orders.checkpoint()).position == 1
    assert await products.checkpoint() == written
    assert await store.get(OrderListItem, list_item(2).id) is None
    assert await store.get(Product, LAMP.id) == LAMP


async def test_an_error_that_nobody_foresaw_reaches_every_worker(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders, orders_known = await taken(store, OrderListItem)
    products, products_known = await taken(store, Product)
    fault = RuntimeError("of the driver")

    async def transact(_: object) -> None:
        raise fault

    with monkeypatch.context() as broken:
        broken.setattr(store._connection.driver, "transact", transact)
        async with asyncio.timeout(30):
            failed = await asyncio.gather(
                orders.write(orders_known, replace(orders_known, position=1), Changes([ONE])),
                products.write(products_known, replace(products_known, position=1)),
                return_exceptions=True,
            )
    assert list(failed) == [fault, fault]
    written = await products.write(products_known, replace(products_known, position=1))
    assert written.position == 1


async def test_who_came_by_writes_though_the_first_to_come_is_gone(store: Store) -> None:
    orders, orders_known = await taken(store, OrderListItem)
    products, products_known = await taken(store, Product)
    first = asyncio.ensure_future(orders.write(orders_known, replace(orders_known, position=1)))
    await asyncio.sleep(0)
    second = asyncio.ensure_future(
        products.write(products_known, replace(products_known, position=1))
    )
    await asyncio.sleep(0)
    first.cancel()
    async with asyncio.timeout(30):
        assert (await second).position == 1
    assert first.cancelled()

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from bson.decimal128 import Decimal128

from projections.engine import Engine
from projections.order import order
from projections.verify import ViewReport, verify_view
from readmodels.order import Order
from readmodels.store import Snapshot, Store
from tests.projections.log import MemoryLog, order_placed


async def test_every_kind_of_difference_is_found(store: Store) -> None:
    log = MemoryLog(*(order_placed(f"ord_{n}") for n in range(8)))
    async with Engine(store, log, [order]) as engine:
        await engine.level(8, timeout=10)
    documents = store._connection.collection("order.1")
    await documents.delete_one({"_id": "ord_1"})
    await documents.update_one({"_id": "ord_2"}, {"$set": {"total.minor": Decimal128("1")}})
    await documents.update_one({"_id": "ord_3"}, {"$set": {"position.at": 1}})
    await documents.update_one({"_id": "ord_4"}, {"$unset": {"status": ""}})
    await documents.insert_one({**(await documents.find_one({"_id": "ord_5"}) or {}), "_id": "x"})
    await documents.update_one({"_id": "ord_6"}, {"$set": {"hacked": 1}})
    await documents.update_one({"_id": "ord_7"}, {"$set": {"total.hacked": 1}})
    report = await verify_view(store, order, log)
    assert (report.position, report.compared, report.clean) == (8, 9, False)
    assert report.differing == ["ord_1", "ord_2", "ord_3", "ord_4", "ord_6", "ord_7", "x"]


async def test_a_view_behind_the_log_is_compared_with_what_it_should_show_there(
    store: Store,
) -> None:
    log = MemoryLog(*(order_placed(f"ord_{n}") for n in range(3)))
    async with Engine(store, log, [order]) as engine:
        await engine.level(3, timeout=10)
    log.record(order_placed("ord_later"))
    assert await verify_view(store, order, log) == ViewReport(
        "order", position=3, compared=3, differing=[]
    )


async def test_a_view_that_nothing_was_written_for_is_equal_to_nothing(store: Store) -> None:
    assert await verify_view(store, order, MemoryLog(order_placed())) == ViewReport(
        "order", position=0, compared=0, differing=[]
    )


async def test_a_view_of_a_longer_log_is_not_compared_but_told_of(store: Store) -> None:
    log = MemoryLog(*(order_placed(f"ord_{n}") for n in range(3)))
    async with Engine(store, log, [order]) as engine:
        await engine.level(3, timeout=10)
    restored = MemoryLog(order_placed("ord_0"))
    report = await verify_view(store, order, restored)
    assert (report.position, report.differing, report.clean) == (3, [], False)
    assert report.wrong_log == (
        "The log ends at position 1, before 3, which the view order shows: its documents were made"
        " of another log. Run 'diptych rebuild order' to make them of this one."
    )


async def test_a_collection_that_is_made_anew_while_it_is_read_is_read_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = MemoryLog(*(order_placed(f"ord_{n}") for n in range(3)))
    async with Engine(store, log, [order]) as engine:
        await engine.level(3, timeout=10)
    snapshot, taken = Store.snapshot, 0

    @asynccontextmanager
    async def made_anew_meanwhile(
        self: Store, document: type[Order]
    ) -> AsyncIterator[Snapshot[Order]]:
        nonlocal taken
        taken += 1
        async with snapshot(self, document) as moment:
            if taken == 1:
                collection = self._connection.collection("order.1")
                documents = await collection.find().to_list()
                await collection.drop()
                await collection.insert_many(documents)
            yield moment

    monkeypatch.setattr(Store, "snapshot", made_anew_meanwhile)
    assert await verify_view(store, order, log) == ViewReport(
        "order", position=3, compared=3, differing=[]
    )
    assert taken == 2

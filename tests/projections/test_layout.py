"""What the version before has stored is taken over: documents whose position lay in three fields.

`layout_1.json` is a whole database that the version before made of the log below, its views
`order` and `category_stats` rebuilt once.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from bson import json_util
from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from projections.catalogue import all_projections
from projections.engine import Engine
from projections.verify import verify_view
from readmodels.category_stats import CategoryStats
from readmodels.customer import Customer
from readmodels.order import Order
from readmodels.order_list_item import OrderFilter, OrderListItem
from readmodels.order_timeline import OfOrder, TimelineEntry
from readmodels.store import LAYOUT, ChangeKind, DriverName, PageRequest, Store, new_owner
from readmodels.store.connection import CHECKPOINTS, REBUILDS
from readmodels.values import Id, Position
from readmodels.view import view_of
from tests.projections.log import (
    MemoryLog,
    customer_registered,
    customer_renamed,
    line,
    order_cancelled,
    order_confirmed,
    order_placed,
    order_shipped,
    price_changed,
    product_registered,
    stock_received,
)
from tests.stores import opened_store

STORED = Path(__file__).with_name("layout_1.json")
Raw = dict[str, Any]


def recorded_before() -> MemoryLog:
    log = MemoryLog(
        customer_registered(),
        customer_registered("cus_2", "Bea"),
        product_registered(),
        product_registered("prd_2", 500, category="Desks"),
        stock_received(),
    )
    placed = [
        order_placed(f"ord_{n}", line(f"prd_{n % 2 + 1}", n + 1), customer=f"cus_{n % 2 + 1}")
        for n in range(6)
    ]
    log.record(*placed, order_confirmed("ord_0"), order_confirmed("ord_2"))
    log.record(customer_renamed())
    log.record(order_placed("ord_6", customer="cus_1", name="Countess"), order_shipped("ord_2"))
    log.record(order_cancelled(placed[4]), price_changed("prd_1", 1300))
    return log


@pytest.fixture
async def left(mongo_url: str) -> AsyncIterator[AsyncDatabase[Raw]]:
    """The database as the version before left it."""
    async with AsyncMongoClient[Raw](mongo_url, tz_aware=True) as client:
        database = client[f"test_{uuid4().hex}"]
        for name, stored in json_util.loads(STORED.read_text()).items():
            collection = await database.create_collection(name)
            for keys in stored["indexes"][1:]:
                if isinstance(keys, list):
                    await collection.create_index([(path, order) for path, order in keys])
            if stored["documents"]:
                await collection.insert_many(stored["documents"])
        yield database
        await client.drop_database(database.name)


async def not_converted(database: AsyncDatabase[Raw]) -> dict[str, int]:
    """How many documents of each collection have a position of several fields, or have one of them
    left over."""
    flat = {"$or": [{"position": {"$not": {"$type": "object"}}}, {"revision": {"$exists": True}}]}
    names = set(await database.list_collection_names()) - {CHECKPOINTS, REBUILDS}
    counts = {name: await database[name].count_documents(flat) for name in sorted(names)}
    return {name: count for name, count in counts.items() if count}


async def require_right(store: Store, log: MemoryLog) -> None:
    """Every document is what the log says, to the byte; a view whose rules are others since is
    rebuilt before that can be."""
    for projection in all_projections():
        if store.checkpoint(projection.view.document).revision == projection.revision:
            report = await verify_view(store, projection, log)
            assert (report.differing, report.position) == ([], len(log.facts)), report


async def test_documents_are_right_as_soon_as_the_store_is_open(
    mongo_url: str, driver: DriverName, left: AsyncDatabase[Raw]
) -> None:
    log = recorded_before()
    assert len(await not_converted(left)) == 11
    async with opened_store(mongo_url, driver, left.name) as store:
        await require_right(store, log)
        order = await store.get(Order, "ord_0", at=14, timeout=0)
        assert order is not None
        assert (order.customer_name, order.position) == ("Countess", Position(14, 1, 6))
        assert order.position.since == 6
        page = await store.page(OrderListItem, PageRequest(first=2))
        assert [item.id for item in page.nodes] == ["ord_6", "ord_5"]
        shelf = await store.get(CategoryStats, "Lamps/EUR")
        assert shelf is not None
        assert shelf.units_sold == 6
        changes = store.list_changes(OrderListItem, OrderFilter(), after=Position(15))
        told = [await anext(changes), await anext(changes)]
        await changes.aclose()
        assert [(change.kind, change.document.id) for change in told] == [
            (ChangeKind.UPDATED, "ord_2"),
            (ChangeKind.UPDATED, "ord_4"),
        ]
        for checkpoint in await store.read_checkpoints():
            assert (checkpoint.layout, checkpoint.position) == (LAYOUT, 18)
            assert checkpoint.owner is None
    assert await not_converted(left) == {}


async def test_indexes_on_the_position_follow(mongo_url: str, left: AsyncDatabase[Raw]) -> None:
    async with opened_store(mongo_url, database=left.name):
        indexes = await left["order_list_item.1"].index_information()
    made = {tuple(index["key"]) for index in indexes.values()}
    declared = {index.fields for index in view_of(OrderListItem).indexes}
    assert made == {(("_id", 1),), *declared}


async def test_the_log_goes_on_where_the_documents_stood(
    mongo_url: str, left: AsyncDatabase[Raw]
) -> None:
    log = recorded_before()
    async with opened_store(mongo_url, database=left.name) as store:
        log.record(order_confirmed("ord_6"), customer_renamed("cus_2", "Beatrix"))
        log.record(order_placed("ord_7", line("prd_2", 3), customer="cus_2", name="Beatrix"))
        async with Engine(store, log) as engine:
            await engine.level(len(log.facts), timeout=60)
        assert [(each.revision, each.layout) for each in await store.read_checkpoints()] == [
            (projection.revision, LAYOUT) for projection in all_projections()
        ]
        await require_right(store, log)


async def test_a_conversion_that_was_cut_off_is_gone_on_with(
    mongo_url: str, left: AsyncDatabase[Raw]
) -> None:
    half = {"at": 12, "revision": 1, "since": 6}
    await left["order.2"].update_one(
        {"_id": "ord_0"}, {"$set": {"position": half}, "$unset": {"revision": "", "since": ""}}
    )
    before = await left[CHECKPOINTS].find_one({"_id": "order"})
    assert before is not None
    async with opened_store(mongo_url, database=left.name) as store:
        assert await not_converted(left) == {}
        after = await store.writer(Order).checkpoint()
    assert after.version == before["version"] + 3


async def test_several_processes_begin_at_once(mongo_url: str, left: AsyncDatabase[Raw]) -> None:
    async def opened() -> int:
        async with opened_store(mongo_url, database=left.name) as store:
            await require_right(store, recorded_before())
            return store.checkpoint(Order).layout

    assert await asyncio.gather(*(opened() for _ in range(4))) == [LAYOUT] * 4
    assert await not_converted(left) == {}


async def test_an_index_that_another_process_drops_meanwhile_is_no_failure(
    mongo_url: str, left: AsyncDatabase[Raw], monkeypatch: pytest.MonkeyPatch
) -> None:
    of_layout_1 = "position_1__id_1"
    look = AsyncIOMotorCollection.index_information
    outrun = []

    async def look_and_be_outrun(collection: Any) -> Any:
        found = await look(collection)
        if of_layout_1 in found:
            await left[collection.name].drop_index(of_layout_1)
            outrun.append(collection.name)
        return found

    monkeypatch.setattr(AsyncIOMotorCollection, "index_information", look_and_be_outrun)
    async with opened_store(mongo_url, database=left.name):
        assert await not_converted(left) == {}
    monkeypatch.undo()
    assert "order_list_item.1" in outrun
    assert "position.at_1__id_1" in await left["order_list_item.1"].index_information()


async def test_a_view_that_an_older_process_took_again_is_taken_back(
    mongo_url: str, left: AsyncDatabase[Raw]
) -> None:
    log = recorded_before()
    async with opened_store(mongo_url, database=left.name) as store, Engine(store, log) as engine:
        await engine.level(len(log.facts), timeout=60)
        log.record(order_shipped("ord_0"))
        await engine.level(len(log.facts), timeout=60)
        # It writes a checkpoint as it knows them, and documents as it lays them out.
        raw: Any = None
        while raw is None:
            held = await left[CHECKPOINTS].find_one({"_id": "order_timeline"})
            assert held is not None
            old = {**held, "version": held["version"] + 1, "written_by": "an older one"}
            old["owner"] = {"host": "elsewhere", "pid": 1, "started": 0.0, "token": "old"}
            del old["layout"]
            raw = await left[CHECKPOINTS].find_one_and_replace(
                {"_id": "order_timeline", "version": held["version"]}, old
            )
        await left["order_timeline.1"].update_many(
            {}, [{"$set": {"since": "$position.since", "revision": 0, "position": "$position.at"}}]
        )
        log.record(order_confirmed("ord_4"))
        await engine.level(len(log.facts), timeout=60)
        entries = await store.all(TimelineEntry, OfOrder(order_id=Id("ord_4")))
        assert [entry.event for entry in entries] == [
            "OrderPlaced",
            "OrderCancelled",
            "OrderConfirmed",
        ]
        await require_right(store, log)
    assert await not_converted(left) == {}


async def test_whoever_has_the_view_takes_it_with_its_documents_converted(
    mongo_url: str, left: AsyncDatabase[Raw]
) -> None:
    async with opened_store(mongo_url, database=left.name) as store:
        owner = new_owner()
        before = await store.writer(Customer).checkpoint()
        held = await store.convert(Customer, owner)
        assert (held.owner, held.layout, held.version) == (owner, LAYOUT, before.version + 1)

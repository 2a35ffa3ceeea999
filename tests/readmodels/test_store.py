import asyncio
from dataclasses import replace

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymongo.errors import BulkWriteError

from readmodels.order import Order, OrderStatus
from readmodels.order_list_item import OrderListItem
from readmodels.product import Product
from readmodels.store import (
    Changes,
    DriverName,
    LeaseLost,
    PageRequest,
    Store,
    Unreachable,
    connection,
)
from readmodels.store.codec import encode, encode_difference
from readmodels.values import Position
from readmodels.view import VIEWS, view_of
from tests.readmodels.documents import list_item, product, put
from tests.stores import opened_store

ONE, TWO, THREE = list_item(1), list_item(2), list_item(3)


async def test_documents_come_back_as_they_were_written(store: Store) -> None:
    await put(store, OrderListItem, inserted=[ONE, TWO])
    assert await store.get(OrderListItem, ONE.id) == ONE
    assert await store.get(OrderListItem, "ord_unknown") is None
    assert await store.get_many(OrderListItem, [TWO.id, "ord_unknown"]) == {TWO.id: TWO}


async def test_a_document_is_found_by_an_indexed_field(store: Store) -> None:
    await put(store, Product, inserted=[product(1), product(2)])
    assert await store.find_by(Product, "sku", "S2") == product(2)
    assert await store.find_by(Product, "sku", "S3") is None


async def test_a_view_that_nothing_was_written_for_is_empty(store: Store) -> None:
    assert await store.get(Order, "ord_1") is None
    assert await store.get_many(Order, ["ord_1"]) == {}
    assert store.checkpoint(Order).position == 0
    assert await store.read_checkpoints() == []


async def test_a_batch_inserts_replaces_and_deletes_together(store: Store) -> None:
    await put(store, OrderListItem, inserted=[ONE, TWO], position=5)
    changed = replace(TWO, version=2, position=Position(6))
    await put(
        store, OrderListItem, inserted=[THREE], replaced=[changed], deleted=[ONE.id], position=8
    )
    found = await store.get_many(OrderListItem, [ONE.id, TWO.id, THREE.id])
    assert found == {TWO.id: changed, THREE.id: THREE}
    (checkpoint,) = await store.read_checkpoints()
    assert (checkpoint.view, checkpoint.position) == ("order_list_item", 8)
    assert checkpoint.changed == (THREE.id, TWO.id, ONE.id)


async def test_of_a_document_that_changes_nothing_else_is_written(store: Store) -> None:
    await put(store, OrderListItem, inserted=[ONE])
    collection = store._connection.collection(store.checkpoint(OrderListItem).collection)
    writer = store.writer(OrderListItem)
    known = await writer.checkpoint()
    changes = Changes(changed=[(ONE, replace(ONE, version=2, position=Position(2)))])
    await collection.update_one({"_id": ONE.id}, {"$set": {"customer_name": "By hand"}})
    await writer.write(known, replace(known, position=2), changes)
    found = await store.get(OrderListItem, ONE.id)
    assert found == replace(ONE, customer_name="By hand", version=2, position=Position(2))


ROWS = st.builds(
    list_item,
    n=st.just(1),
    minute=st.integers(0, 3),
    customer=st.sampled_from(["cus_1", "cus_2"]),
    status=st.sampled_from(OrderStatus),
    position=st.integers(1, 3),
)


@given(before=ROWS, after=ROWS)
def test_a_document_and_its_difference_from_another_make_the_other(
    before: OrderListItem, after: OrderListItem
) -> None:
    assert {**encode(before), **encode_difference(before, after)} == encode(after)
    assert encode_difference(before, before) == {}


async def test_a_worker_whose_checkpoint_moved_changes_nothing(store: Store) -> None:
    writer = store.writer(OrderListItem)
    known = await writer.prepare(revision=1)
    moved = await writer.write(known, replace(known, position=1), Changes([ONE]))
    with pytest.raises(LeaseLost):
        await writer.write(known, replace(known, position=2), Changes([TWO], [], [ONE.id]))
    with pytest.raises(LeaseLost):
        await writer.write(known, replace(known, position=2))
    assert await writer.checkpoint() == moved
    assert await store.get_many(OrderListItem, [ONE.id, TWO.id]) == {ONE.id: ONE}


async def test_a_batch_that_cannot_be_written_leaves_no_part_of_it(store: Store) -> None:
    before = await put(store, OrderListItem, inserted=[ONE])
    with pytest.raises(Exception, match="duplicate key"):
        await put(store, OrderListItem, inserted=[TWO, ONE], deleted=[THREE.id])
    assert await store.writer(OrderListItem).checkpoint() == before
    assert await store.get(OrderListItem, TWO.id) is None


async def test_an_index_that_was_declared_later_is_made(store: Store) -> None:
    writer = store.writer(OrderListItem)
    checkpoint = await writer.prepare(revision=1)
    collection = store._connection.collection(checkpoint.collection)
    await collection.drop_indexes()
    await writer.prepare(revision=1)
    declared = {tuple(index.fields) for index in view_of(OrderListItem).indexes}
    made = {tuple(each["key"]) for each in (await collection.index_information()).values()}
    assert made == declared | {(("_id", 1),)}


async def test_a_view_is_prepared_by_several_processes_at_once(
    mongo_url: str, store: Store, driver: DriverName
) -> None:
    async with opened_store(mongo_url, driver, store._connection.driver.database.name) as other:
        for document in VIEWS:
            writers = [each.writer(document) for each in (store, other) * 4]
            checkpoints = await asyncio.gather(*(each.prepare(revision=1) for each in writers))
            assert len(set(checkpoints)) == 1


async def test_a_server_that_does_not_answer_is_unreachable(
    monkeypatch: pytest.MonkeyPatch, driver: DriverName
) -> None:
    monkeypatch.setattr("readmodels.store.driver.CLIENT_OPTIONS", {"serverSelectionTimeoutMS": 50})
    with pytest.raises(Unreachable, match="MongoDB does not answer"):
        await Store.open("mongodb://127.0.0.1:1/", "nowhere", driver)


def test_a_write_that_the_members_have_not_confirmed_yet_may_pass() -> None:
    unconfirmed = {"code": 64, "errmsg": "waiting for replication timed out"}
    with pytest.raises(Unreachable, match="waiting for replication"), connection.reaching():
        raise BulkWriteError({"writeErrors": [], "writeConcernErrors": [unconfirmed]})


async def test_nobody_waits_long_for_a_server_that_has_stopped_answering(
    store: Store, mongo_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "ANSWER_SECONDS", 0.3)
    await put(store, OrderListItem, inserted=[ONE])
    mongod = psutil.Process(
        (await store._connection.driver.database.command("serverStatus"))["pid"]
    )
    mongod.suspend()
    try:
        async with asyncio.timeout(5):
            # Another process's threads stop one by one, and nothing tells when the last has.
            while mongod.status() != psutil.STATUS_STOPPED:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            for read in (
                store.get(OrderListItem, ONE.id),
                store.get_many(OrderListItem, [ONE.id]),
                store.page(OrderListItem, PageRequest()),
                store.statuses(),
                store.ping(),
            ):
                with pytest.raises(Unreachable, match=r"has not answered for 0\.3 seconds"):
                    await read
    finally:
        mongod.resume()
    assert await store.get(OrderListItem, ONE.id) == ONE

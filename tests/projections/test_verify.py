from bson.decimal128 import Decimal128

from projections.engine import Engine
from projections.order import order
from projections.verify import ViewReport, verify_view
from readmodels.store import Store
from tests.projections.log import MemoryLog, order_placed


async def test_every_kind_of_difference_is_found(store: Store) -> None:
    log = MemoryLog(*(order_placed(f"ord_{n}") for n in range(6)))
    async with Engine(store, log, [order]) as engine:
        await engine.level(6, timeout=10)
    documents = store._connection.collection("order.1")
    await documents.delete_one({"_id": "ord_1"})
    await documents.update_one({"_id": "ord_2"}, {"$set": {"total.minor": Decimal128("1")}})
    await documents.update_one({"_id": "ord_3"}, {"$set": {"position": 1}})
    await documents.update_one({"_id": "ord_4"}, {"$unset": {"status": ""}})
    await documents.insert_one({**(await documents.find_one({"_id": "ord_5"}) or {}), "_id": "x"})
    assert await verify_view(store, order, log) == ViewReport(
        "order", position=6, compared=7, differing=["ord_1", "ord_2", "ord_3", "ord_4", "x"]
    )


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

from projections.catalogue import all_projections
from projections.customer import customer
from projections.engine import Engine
from projections.fold import fold
from projections.order import order
from projections.verify import ViewReport, verify_view
from readmodels.customer import Customer
from readmodels.order import Order
from readmodels.product import Product
from readmodels.store import Store, Unreachable
from readmodels.store.connection import CHECKPOINTS
from tests.projections.expected import kept
from tests.projections.log import (
    MemoryLog,
    customer_registered,
    order_confirmed,
    order_placed,
    product_registered,
    reserved,
    stock_received,
)


async def test_documents_follow_the_log(store: Store) -> None:
    placed = order_placed()
    log = MemoryLog(
        customer_registered(), product_registered(), stock_received(), *reserved(placed), placed
    )
    async with Engine(store, log) as engine:
        await engine.level(5, timeout=10)
        assert await store.get(Order, "ord_1") == fold(order, log.facts)["ord_1"]
        confirmed = log.record(order_confirmed())
        await engine.level(confirmed, timeout=10)
        assert await store.get(Order, "ord_1") == fold(order, log.facts)["ord_1"]
        product = await store.get(Product, "prd_1")
    assert product is not None
    assert (product.available, product.reserved, product.units_sold) == (8, 2, 2)
    for projection in all_projections():
        assert await verify_view(store, projection, log) == ViewReport(
            projection.name, position=6, compared=kept(projection, log), differing=[]
        )


async def test_documents_that_were_never_counted_are_counted_once_there_is_a_worker(
    store: Store,
) -> None:
    log = MemoryLog(*(customer_registered(f"cus_{n}", f"Ada{n}") for n in range(3)))
    async with Engine(store, log) as engine:
        await engine.level(3, timeout=10)
    checkpoints = store._connection.collection(CHECKPOINTS)
    await checkpoints.update_one({"_id": "customer"}, {"$unset": {"documents": ""}})
    async with Engine(store, log) as engine:
        await engine.level(log.record(customer_registered("cus_3", "Eve")), timeout=10)
    (counted,) = [each for each in await store.statuses() if each.checkpoint.view == "customer"]
    assert (counted.document_count, counted.checkpoint.documents) == (4, 4)


async def test_a_view_is_free_after_its_worker_unless_that_would_wait_for_a_store_that_is_away(
    store: Store,
) -> None:
    log = MemoryLog()

    async def owned_after(*, away: bool) -> bool:
        async with Engine(store, log, [customer]) as engine:
            id = f"cus_{len(log.facts)}"
            await engine.level(log.record(customer_registered(id, id)), timeout=10)
            if away:
                store.outage.failed("test", Unreachable("It does not answer"))
        store.outage.succeeded("test")
        return (await store.writer(Customer).checkpoint()).owner is not None

    assert not await owned_after(away=False)
    assert await owned_after(away=True)

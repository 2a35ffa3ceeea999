import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo import AsyncMongoClient
from pymongo.errors import AutoReconnect

from commands.events import Event, Recorded
from projections import fanning
from projections import rebuild as rebuilding
from projections.catalogue import all_projections
from projections.category_stats import category_stats
from projections.engine import Engine, worker
from projections.lease import new_owner
from projections.order import order
from projections.projection import Projection
from projections.rebuild import rebuild
from projections.rules import RuleFailed
from projections.verify import verify_view
from readmodels.embedded import embedded_mongod
from readmodels.embedded.process import running_mongod
from readmodels.order import Order
from readmodels.store import (
    Checkpoint,
    DriverName,
    LeaseLost,
    NewCollection,
    Rebuild,
    RebuildSuperseded,
    Store,
    Unreachable,
)
from readmodels.store.connection import REBUILDS
from readmodels.store.transactions import Step
from tests.projections.histories import histories
from tests.projections.log import (
    MemoryLog,
    customer_registered,
    customer_renamed,
    order_confirmed,
    order_placed,
    order_shipped,
    product_registered,
)


def small_log(orders: int = 5) -> MemoryLog:
    log = MemoryLog(customer_registered(), product_registered())
    log.record(*(order_placed(f"ord_{n}") for n in range(orders)))
    return log


async def collections(store: Store) -> set[str]:
    names = await store._connection.driver.database.list_collection_names()
    return {name for name in names if name.startswith("order.")}


def reads_go_to(collection: str) -> Callable[[Checkpoint], bool]:
    return lambda now: now.collection == collection


async def test_a_rebuild_makes_the_documents_anew_and_keeps_the_old_ones(store: Store) -> None:
    log = small_log()
    async with Engine(store, log) as engine:
        await engine.level(7, timeout=10)
    await store._connection.collection("order.1").update_many({}, {"$set": {"customer_name": "X"}})
    told: list[tuple[int, int]] = []
    checkpoint = await rebuild(store, log, order, lambda done, head: told.append((done, head)))
    assert (checkpoint.collection, checkpoint.previous) == ("order.2", "order.1")
    assert (checkpoint.position, checkpoint.owner) == (7, None)
    assert told == [(7, 7)]
    report = await verify_view(store, order, log)
    assert (report.compared, report.differing) == (5, [])
    assert await collections(store) == {"order.1", "order.2"}
    await rebuild(store, log, order)
    assert await collections(store) == {"order.2", "order.3"}


async def test_a_rebuild_needs_no_engine_before_it(store: Store) -> None:
    log = small_log()
    await rebuild(store, log, order)
    await store.wait(Order, 7, timeout=0)
    async with Engine(store, log) as engine:
        await engine.level(log.record(order_confirmed("ord_1")), timeout=10)
    report = await verify_view(store, order, log)
    assert (report.position, report.compared, report.differing) == (8, 5, [])


async def test_a_view_that_was_behind_is_level_once_it_is_rebuilt(store: Store) -> None:
    log = small_log()
    async with Engine(store, log) as engine:
        await engine.level(7, timeout=10)
    writer = store.writer(Order)
    held = await writer.checkpoint()
    await writer.write(held, replace(held, behind_since=log.facts[0].recorded_at))
    assert (await rebuild(store, log, order)).behind_since is None


async def test_a_worker_goes_on_beside_a_rebuild_and_in_what_it_made(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "CLOSE", 3)
    monkeypatch.setattr(rebuilding, "BATCH", 2)
    log = small_log()
    async with Engine(store, log) as engine:
        await engine.level(7, timeout=10)

        def more(done: int, head: int) -> None:
            if len(log.facts) < 60:
                log.record(order_placed(f"ord_{len(log.facts)}"))

        checkpoint = await rebuild(store, log, order, more)
        assert checkpoint.collection == "order.2"
        last = log.record(order_confirmed("ord_1"))
        await engine.level(last, timeout=10)
        assert store.checkpoint(Order).collection == "order.2"
        report = await verify_view(store, order, log)
    assert (report.position, report.compared, report.differing) == (last, last - 3, [])


async def test_the_position_that_readers_see_never_goes_back(store: Store) -> None:
    log = small_log()
    seen: list[int] = []
    store.known.listen(
        lambda before, now: seen.append(now.position) if now.view == "order" else None
    )
    async with Engine(store, log) as engine:
        await engine.level(7, timeout=10)
        for n in range(3):
            growing = asyncio.ensure_future(rebuild(store, log, order))
            await engine.level(log.record(order_placed(f"ord_later_{n}")), timeout=10)
            await growing
    assert seen == sorted(seen)
    assert seen[-1] == 10


async def test_a_follower_stays_through_a_rebuild(store: Store) -> None:
    log = small_log()
    async with Engine(store, log) as engine:
        await engine.level(7, timeout=10)
        changes = store.changes(Order, "ord_1")
        assert (await anext(changes)).position.at == 4
        await rebuild(store, log, order)
        confirmed = log.record(order_confirmed("ord_1"))
        async with asyncio.timeout(10):
            assert (await anext(changes)).position.at == confirmed
        await changes.aclose()


async def test_rules_of_another_revision_rebuild_their_view_by_themselves(store: Store) -> None:
    log = small_log()
    async with Engine(store, log, [order]) as engine:
        await engine.level(7, timeout=10)
    newer: Projection[Order] = Projection(Order, revision=order.revision + 1)
    newer._rules = order._rules
    async with Engine(store, log, [newer]) as engine:
        await store.known.until("order", lambda now: now.revision == newer.revision, timeout=10)
        await engine.level(log.record(order_confirmed("ord_1")), timeout=10)
    checkpoint = store.checkpoint(Order)
    assert (checkpoint.collection, checkpoint.previous) == ("order.2", "order.1")
    report = await verify_view(store, newer, log)
    assert (report.position, report.differing) == (8, [])


async def test_a_document_that_cannot_be_read_has_its_view_rebuilt(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not held in memory, it would keep the worker from what concerns it, be it a fact of its own
    or one that fans out, and so from all that follows."""
    monkeypatch.setattr(worker, "CACHED_DOCUMENTS", 1)
    log = small_log()
    stored = store._connection.driver.database
    async with Engine(store, log, [order]) as engine:
        await engine.level(7, timeout=10)
        sound = store.changes(Order, "ord_2")
        assert (await anext(sound)).position.at == 5
        for concerning, later, rebuilt in (
            (order_confirmed("ord_1"), order_confirmed("ord_2"), "order.2"),
            (customer_renamed("cus_1"), order_shipped("ord_2"), "order.3"),
        ):
            await stored[store.checkpoint(Order).collection].update_one(
                {"_id": "ord_1"}, {"$set": {"customer_name": 7}}
            )
            log.record(concerning)
            changed = log.record(later)
            async with asyncio.timeout(20):
                while (await anext(sound)).position.at != changed:
                    pass
            await store.known.until("order", reads_go_to(rebuilt), timeout=20)
        await sound.aclose()
    report = await verify_view(store, order, log)
    assert (report.position, report.differing) == (11, [])


async def test_a_rebuild_that_fails_changes_nothing(store: Store) -> None:
    log = small_log()
    async with Engine(store, log) as engine:
        await engine.level(7, timeout=10)
    before = store.checkpoint(Order)
    log.record(order_confirmed("ord_unknown"))
    with pytest.raises(RuleFailed):
        await rebuild(store, log, order)
    assert store.checkpoint(Order) == before
    assert await collections(store) == {"order.1"}


async def test_a_rebuild_gives_up_where_somebody_always_comes_between(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = small_log()
    async with Engine(store, log) as engine:
        await engine.level(7, timeout=10)
    before = store.checkpoint(Order)
    switch, tries = NewCollection.switch, 0

    async def between(
        self: NewCollection[Order], held: Checkpoint, position: int, fact: str, revision: int
    ) -> Checkpoint:
        nonlocal tries
        tries += 1
        await store.writer(Order).take(new_owner())
        return await switch(self, held, position, fact, revision)

    monkeypatch.setattr(NewCollection, "switch", between)
    monkeypatch.setattr(rebuilding, "SWITCH_SECONDS", 0.5)
    with pytest.raises(LeaseLost):
        await rebuild(store, log, order)
    # After pauses of 0.05 s, 0.1 s and 0.2 s at least.
    assert 1 < tries <= 5
    after = store.checkpoint(Order)
    assert (after.collection, after.position) == (before.collection, before.position)
    assert await collections(store) == {"order.1"}


async def test_a_view_of_a_longer_log_is_made_of_the_one_that_there_is(store: Store) -> None:
    async with Engine(store, small_log(), [order]) as engine:
        await engine.level(7, timeout=10)
    restored = small_log(2)
    async with Engine(store, restored, [order]) as engine:
        await store.known.until("order", lambda now: now.failure is not None, timeout=10)
        checkpoint = await rebuild(store, restored, order)
        assert (checkpoint.position, checkpoint.failure) == (4, None)
        await engine.level(restored.record(order_confirmed("ord_1")), timeout=10)
    report = await verify_view(store, order, restored)
    assert (report.position, report.compared, report.clean) == (5, 2, True)


async def test_of_two_rebuilds_the_one_that_began_later_wins(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = small_log()
    filling = NewCollection.index
    later: list[asyncio.Task[object]] = []

    async def another_first(self: NewCollection[Order]) -> None:
        if not later:
            later.append(asyncio.create_task(rebuild(store, log, order)))
            await later[0]
        await filling(self)

    monkeypatch.setattr(NewCollection, "index", another_first)
    with pytest.raises(RebuildSuperseded):
        await rebuild(store, log, order)
    assert store.checkpoint(Order).collection == "order.3"
    report = await verify_view(store, order, log)
    assert (report.compared, report.differing) == (5, [])


class GatedLog(MemoryLog):
    """A log that holds back what comes after the first facts until it is opened."""

    def __init__(self, log: MemoryLog, first: int) -> None:
        super().__init__(*(fact.event for fact in log.facts))
        self._first = first
        self.opened = asyncio.Event()

    async def read(self, after: int, limit: int) -> Sequence[Recorded[Event]]:
        if after < self._first:
            return await super().read(after, self._first - after)
        await self.opened.wait()
        return await super().read(after, limit)


async def test_a_rebuild_says_how_far_it_has_come(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "REPORT_SECONDS", 0.01)
    log = GatedLog(small_log(), first=3)
    growing = asyncio.ensure_future(rebuild(store, log, order))
    shown = None
    async with asyncio.timeout(10):
        while shown is None or shown.position < 3:
            shown = await rebuild_of_orders(store)
    assert (shown.position, shown.target) == (3, 7)
    log.opened.set()
    await growing
    assert await rebuild_of_orders(store) is None


async def test_a_switch_that_meets_another_write_is_tried_again(
    store: Store, mongo_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    switched, tried = NewCollection._switched, list[bool]()

    async def contended(self: NewCollection[Order], held: Checkpoint, now: Checkpoint) -> bool:
        if tried:
            return await switched(self, held, now)
        database = store._connection.driver.database.name
        async with (
            AsyncMongoClient[Any](mongo_url) as client,
            client.start_session() as session,
            await session.start_transaction(),
        ):
            records = client[database][REBUILDS]
            await records.update_one({"_id": "order"}, {"$set": {"target": 0}}, session=session)
            tried.append(await switched(self, held, now))
        return tried[0]

    monkeypatch.setattr(NewCollection, "_switched", contended)
    log = small_log()
    checkpoint = await rebuild(store, log, order)
    assert tried == [False]
    assert (checkpoint.collection, checkpoint.position) == ("order.2", len(log.facts))


async def test_a_switch_that_is_cancelled_comes_to_its_end(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver, log = store._connection.driver, small_log()
    transact, begun, held = driver.transact, asyncio.Event(), asyncio.Event()

    async def slow(steps: Sequence[Step]) -> None:
        begun.set()
        await held.wait()
        await transact(steps)

    monkeypatch.setattr(driver, "transact", slow)
    rebuilding = asyncio.create_task(rebuild(store, log, order))
    await begun.wait()
    rebuilding.cancel()
    held.set()
    with pytest.raises(asyncio.CancelledError):
        await rebuilding
    assert (await store.writer(Order).checkpoint()).collection == "order.2"
    assert (await verify_view(store, order, log)).differing == []


async def test_what_may_have_been_switched_to_is_not_dropped(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver, log = store._connection.driver, small_log()
    transact = driver.transact

    async def unanswered(steps: Sequence[Step]) -> None:
        await transact(steps)
        raise AutoReconnect("The reply was lost.")

    with monkeypatch.context() as patch:
        patch.setattr(driver, "transact", unanswered)
        with pytest.raises(Unreachable):
            await rebuild(store, log, order)
    assert (await store.writer(Order).checkpoint()).collection == "order.2"
    assert (await verify_view(store, order, log)).differing == []
    assert (await rebuild(store, log, order)).collection == "order.3"


async def test_a_rebuild_in_which_the_server_was_killed_changes_nothing(
    tmp_path: Path, driver: DriverName, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, index = small_log(), NewCollection.index
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(embedded_mongod(tmp_path))
        store = await stack.enter_async_context(await Store.open(url, "killed", driver))

        async def killed(self: NewCollection[Order]) -> None:
            mongod = running_mongod(tmp_path)
            assert mongod is not None
            mongod.process.kill()
            await asyncio.to_thread(mongod.process.wait)
            await stack.enter_async_context(embedded_mongod(tmp_path))
            await index(self)

        with monkeypatch.context() as patch:
            patch.setattr(NewCollection, "index", killed)
            with pytest.raises(Unreachable, match="started anew"):
                await rebuild(store, log, order)
        assert (await store.writer(Order).checkpoint()).collection == "order.1"
        await rebuilt_once_reached(store, log)
        assert (await verify_view(store, order, log)).differing == []


async def rebuilt_once_reached(store: Store, log: MemoryLog) -> None:
    """The driver may still hold a connection to the server that was killed."""
    async with asyncio.timeout(60):
        while True:
            try:
                await rebuild(store, log, order)
            except Unreachable:
                await asyncio.sleep(0.1)
            else:
                return


async def rebuild_of_orders(store: Store) -> Rebuild | None:
    (status,) = (each for each in await store.statuses() if each.checkpoint.view == "order")
    return status.rebuild


async def test_a_rebuild_makes_the_parts_anew_and_drops_older_ones(store: Store) -> None:
    log = small_log()
    for _ in range(3):
        await rebuild(store, log, category_stats)
    names = await store._connection.driver.database.list_collection_names()
    assert {name for name in names if name.startswith("category_stats.")} == {
        "category_stats.3",
        "category_stats.3.parts",
        "category_stats.4",
        "category_stats.4.parts",
    }
    report = await verify_view(store, category_stats, log)
    assert (report.compared, report.differing) == (2, [])


async def test_a_part_that_is_not_as_it_should_be_is_told(store: Store) -> None:
    log = small_log()
    await rebuild(store, log, category_stats)
    parts = store._connection.collection("category_stats.2.parts")
    await parts.update_one({"_id": "prd_1"}, {"$set": {"price": 1}})
    report = await verify_view(store, category_stats, log)
    assert (report.compared, report.differing) == (2, ["prd_1"])


@settings(
    max_examples=settings().max_examples // 10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(log=histories(), projection=st.sampled_from(all_projections()))
async def test_documents_written_in_parts_equal_the_fold(
    store: Store, log: MemoryLog, projection: Projection[Any]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rebuilding, "BATCH", 3)
        patch.setattr(rebuilding, "DOCUMENTS_IN_MEMORY", 2)
        patch.setattr(rebuilding, "DOCUMENTS_AT_ONCE", 2)
        patch.setattr(rebuilding, "MOST_FAN_OUTS", 2)
        patch.setattr(fanning, "CHUNK", 2)
        # Each example begins with a view that shows nothing.
        await store._connection.collection("checkpoints").delete_many({})
        store.known._known.clear()
        await rebuild(store, log, projection)
        report = await verify_view(store, projection, log)
    assert (report.position, report.differing) == (len(log.facts), [])

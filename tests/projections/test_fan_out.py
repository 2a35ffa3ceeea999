"""A change that concerns many documents reaches them by and by."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from commands.events import CustomerChanged, Recorded
from projections import fanning
from projections.engine import Engine, worker
from projections.fanning import Chunk, chunk_size, next_chunk
from projections.fold import fold
from projections.order import customer_renamed as customer_renamed_rule
from projections.order import order
from projections.order_list_item import order_list_item
from projections.projection import Projection
from projections.rebuild import rebuild
from projections.values import is_rename
from projections.verify import verify_view
from readmodels.order import Order, OrderStatus
from readmodels.order_list_item import OrderFilter, OrderListItem
from readmodels.store import Checkpoint, FanOut, PageRequest, StaleRead, Store
from readmodels.values import Id, Position
from tests.forked import Forked
from tests.projections.log import (
    MemoryLog,
    customer_registered,
    customer_renamed,
    instant,
    order_confirmed,
    order_placed,
)
from tests.projections.renamed import killed_log, renamed_log

RENAME = 13
"""The position of Ada's new name after ten orders, five of them hers."""


class Allowance:
    """How many chunks workers may still write."""

    def __init__(self) -> None:
        self.chunks = 0

    async def next_chunk(
        self,
        projection: Any,
        feed: Any,
        writer: Any,
        collection: str,
        fan_outs: Iterable[FanOut],
        size: int,
    ) -> Chunk[Any]:
        if self.chunks == 0:
            return Chunk([], tuple(fan_outs))
        self.chunks -= 1
        return await next_chunk(projection, feed, writer, collection, fan_outs, size)


@pytest.fixture
def allowance(monkeypatch: pytest.MonkeyPatch) -> Allowance:
    """Chunks of two documents, and none of them yet."""
    allowance = Allowance()
    monkeypatch.setattr(worker, "next_chunk", allowance.next_chunk)
    monkeypatch.setattr(fanning, "CHUNK", 2)
    return allowance


@asynccontextmanager
async def projected(
    store: Store, log: MemoryLog, *projections: Projection[Any]
) -> AsyncIterator[Engine]:
    """An engine that has taken in the log, but for what is on its way."""
    async with Engine(store, log, projections or [order]) as engine:
        for projection in projections or [order]:
            await store.known.until(
                projection.name, lambda now: now.position == len(log.facts), timeout=10
            )
        yield engine


async def reached(store: Store, done: int) -> None:
    await store.known.until(
        "order", lambda now: any(each.done == done for each in now.fan_outs), timeout=10
    )


async def names(store: Store, *orders: int) -> list[str]:
    found = await store.get_many(Order, [f"ord_{n:04}" for n in orders])
    return [found[f"ord_{n:04}"].customer_name for n in orders]


async def assert_equal_to_the_fold(store: Store, log: MemoryLog) -> None:
    report = await verify_view(store, order, log)
    assert (report.position, report.differing) == (len(log.facts), [])


def test_orders_show_the_new_name_and_are_otherwise_what_they_were() -> None:
    log = MemoryLog(order_placed("ord_1"), order_placed("ord_2", customer="cus_2"))
    before = fold(order, log.facts)
    log.record(customer_renamed("cus_1"), order_placed("ord_3", name="Countess"))
    after = fold(order, log.facts)
    assert after["ord_1"] == replace(
        before["ord_1"],
        customer_name="Countess",
        customer_email="countess@example.com",
        position=Position(3, revision=1),
    )
    assert (after["ord_1"].updated_at, after["ord_1"].version) == (instant(1), 1)
    assert after["ord_2"] == before["ord_2"]
    assert after["ord_3"].position == Position(4)
    in_list = fold(order_list_item, log.facts)["ord_1"]
    assert (in_list.customer_name, in_list.customer_email, in_list.position) == (
        "Countess",
        "countess@example.com",
        Position(3, revision=1),
    )


def test_another_address_of_the_customer_concerns_no_order() -> None:
    moved = CustomerChanged(
        customer_id="cus_1", changed=("address",), personal=customer_registered().personal
    )
    assert order.fans_out_to(moved) is None
    assert order.fans_out_to(customer_renamed("cus_1")) == ("customer_id", "cus_1")


async def test_documents_are_reached_in_chunks_while_later_facts_are_shown(
    store: Store, allowance: Allowance
) -> None:
    log = renamed_log(orders=10)
    async with projected(store, log):
        assert store.checkpoint(Order).fan_outs == (
            FanOut(position=RENAME, field="customer_id", value="cus_ada"),
        )
        assert store.checkpoint(Order).settled == RENAME - 1
        assert await names(store, 0, 2, 4, 6, 8) == ["Ada"] * 5
        await assert_equal_to_the_fold(store, log)
        allowance.chunks = 1
        await reached(store, 2)
        # An order that the name has not reached yet goes on, and a new one has it from the start.
        last = log.record(
            order_confirmed("ord_0008", "cus_ada"),
            order_placed("ord_0003_new", customer="cus_ada", name="Countess"),
        )
        await store.known.until("order", lambda now: now.position == last, timeout=10)
        assert await names(store, 0, 2, 4, 6, 8) == ["Countess"] * 2 + ["Ada"] * 3
        before = await store.get(Order, "ord_0008")
        assert before is not None
        assert before.position == Position(last - 1)
        await assert_equal_to_the_fold(store, log)
        allowance.chunks = 10
        await store.wait(Order, last, timeout=10)
        after = await store.get(Order, "ord_0008")
        assert after is not None
        assert after.customer_name == "Countess"
        assert after.position == Position(last - 1, revision=1) > before.position
        new = await store.get(Order, "ord_0003_new")
        assert new is not None
        assert new.position == Position(last)
    assert (store.checkpoint(Order).fan_outs, store.checkpoint(Order).settled) == ((), last)
    assert await names(store, 0, 2, 4, 6, 8, 1, 3) == ["Countess"] * 5 + ["Bea"] * 2
    await assert_equal_to_the_fold(store, log)


async def test_an_order_placed_between_two_renames_ends_with_the_newer_name(
    store: Store, allowance: Allowance
) -> None:
    log = renamed_log(orders=4)
    last = log.record(
        order_placed("ord_0001_new", customer="cus_ada", name="Countess"),
        customer_renamed("cus_ada", "Duchess"),
        order_placed("ord_0000_new", customer="cus_ada", name="Duchess"),
    )
    async with projected(store, log) as engine:
        assert [each.position for each in store.checkpoint(Order).fan_outs] == [7, 9]
        allowance.chunks = 10
        await engine.level(last, timeout=10)
    shown = await store.get_many(Order, ["ord_0000", "ord_0001_new", "ord_0000_new"])
    assert {id: (each.customer_name, each.position) for id, each in shown.items()} == {
        "ord_0000": ("Duchess", Position(9, revision=2)),
        "ord_0001_new": ("Duchess", Position(9, revision=1)),
        "ord_0000_new": ("Duchess", Position(10)),
    }
    await assert_equal_to_the_fold(store, log)


async def test_a_small_fan_out_does_not_wait_for_the_end_of_a_large_one(
    store: Store, allowance: Allowance
) -> None:
    log = renamed_log(orders=10)
    log.record(order_placed("ord_rare", customer="cus_rare"), customer_renamed("cus_rare", "Rara"))
    async with projected(store, log):
        allowance.chunks = 2
        await reached(store, 2)
        assert [each.value for each in store.checkpoint(Order).fan_outs] == ["cus_ada"]
        rare = await store.get(Order, "ord_rare")
        assert rare is not None
        assert rare.customer_name == "Rara"


def test_chunks_are_small_while_facts_come_and_grow_while_none_does() -> None:
    assert chunk_size(1_000, facts_came=True) == 50
    sizes = [50]
    while sizes[-1] < 1_000:
        sizes.append(chunk_size(sizes[-1], facts_came=False))
    assert sizes == [50, 100, 200, 400, 800, 1_000]
    assert chunk_size(1_000, facts_came=False) == 1_000


async def test_chunks_are_bounded_in_bytes(
    store: Store, allowance: Allowance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanning, "CHUNK", 1_000)
    monkeypatch.setattr(fanning, "CHUNK_BYTES", 10)
    log = renamed_log(orders=10)
    async with projected(store, log) as engine:
        for done in (1, 2, 3, 4):
            allowance.chunks = 1
            await reached(store, done)
        allowance.chunks = 10
        await engine.level(RENAME, timeout=10)
    await assert_equal_to_the_fold(store, log)


async def test_later_facts_wait_while_too_much_is_on_its_way(
    store: Store, allowance: Allowance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "MOST_FAN_OUTS", 1)
    log = renamed_log(orders=10)
    async with projected(store, log) as engine:
        last = log.record(order_confirmed("ord_0001", "cus_bea"))
        before = store.checkpoint(Order)
        await store.known.until("order", lambda now: now.version > before.version + 5, timeout=10)
        assert store.checkpoint(Order).position == RENAME
        allowance.chunks = 10
        await engine.level(last, timeout=10)
    await assert_equal_to_the_fold(store, log)


async def test_a_read_waits_for_what_is_on_its_way_to_its_own_documents(
    store: Store, allowance: Allowance
) -> None:
    log = renamed_log(orders=10)
    async with projected(store, log) as engine:
        allowance.chunks = 1
        await reached(store, 2)
        with pytest.raises(StaleRead) as stale:
            await store.get(Order, "ord_0004", at=RENAME, timeout=0.01)
        assert (stale.value.asked, stale.value.shown) == (RENAME, RENAME - 1)
        with pytest.raises(StaleRead):
            await store.get_many(Order, ["ord_0000", "ord_0004"], at=RENAME, timeout=0.01)
        with pytest.raises(StaleRead):
            await store.wait(Order, RENAME, timeout=0.01)
        with pytest.raises(StaleRead):
            await store.wait(
                Order, RENAME, timeout=0.01, among=OrderFilter(status=[OrderStatus.PENDING])
            )
        # Whom it does not concern, or whom it has reached, it keeps from nothing.
        await store.wait(Order, RENAME, timeout=0, among=OrderFilter(customer_id=Id("cus_bea")))
        await store.wait(Order, RENAME - 1, timeout=0)
        assert await store.get(Order, "ord_0004", at=RENAME - 1) is not None
        assert await store.get(Order, "ord_0001", at=RENAME) is not None
        assert await store.get(Order, "ord_unknown", at=RENAME) is None
        own = await store.get(Order, "ord_0000", at=RENAME)
        assert own is not None
        assert own.customer_name == "Countess"
        waiting = asyncio.ensure_future(store.get(Order, "ord_0004", at=RENAME, timeout=10))
        allowance.chunks = 1
        waited = await waiting
        assert waited is not None
        assert waited.customer_name == "Countess"
        allowance.chunks = 10
        await engine.level(RENAME, timeout=10)


async def test_a_page_says_a_position_from_which_nothing_is_missed(
    store: Store, allowance: Allowance
) -> None:
    log = renamed_log(orders=10)
    async with projected(store, log, order_list_item) as engine:
        asked = PageRequest(filter=OrderFilter(customer_id=Id("cus_ada")))
        page = await store.page(OrderListItem, asked)
        assert (page.position, page.nodes[0].customer_name) == (RENAME - 1, "Ada")
        allowance.chunks = 10
        await engine.level(RENAME, timeout=10)
        page = await store.page(OrderListItem, asked)
        assert (page.position, page.nodes[0].customer_name) == (RENAME, "Countess")


async def test_who_follows_an_order_sees_the_new_name(store: Store, allowance: Allowance) -> None:
    log = renamed_log(orders=10)
    confirmed = log.record(order_confirmed("ord_0000", "cus_ada"))
    async with projected(store, log) as engine, asyncio.timeout(10):
        async with aclosing(store.changes(Order, "ord_0000")) as changes:
            first = await anext(changes)
            assert (first.customer_name, first.position) == ("Ada", Position(confirmed))
            allowance.chunks = 10
            second = await anext(changes)
            assert (second.customer_name, second.position) == (
                "Countess",
                Position(confirmed, revision=1),
            )
        # Resumed from the state before, it comes again; from the state after, only what is newer.
        async with aclosing(store.changes(Order, "ord_0000", first.position)) as changes:
            assert await anext(changes) == second
        async with aclosing(store.changes(Order, "ord_0000", second.position)) as changes:
            following = asyncio.ensure_future(anext(changes))
            renamed = log.record(customer_renamed("cus_ada", "Duchess"))
            await engine.level(renamed, timeout=10)
            third = await following
            assert (third.customer_name, third.position) == ("Duchess", Position(renamed, 2))


async def test_a_fan_out_that_cannot_go_on_says_so_and_holds_back_no_later_fact(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    broken = True

    def rename(document: Order, fact: Recorded[CustomerChanged]) -> Order:
        if broken and document.id == "ord_0004":
            raise ValueError("no")
        return customer_renamed_rule(document, fact)

    failing: Projection[Order] = Projection(Order, revision=1)
    failing._rules = order._rules
    failing.fans_out(CustomerChanged, field="customer_id", when=is_rename)(rename)
    log = renamed_log(orders=10)
    async with projected(store, log, failing):
        failed = await store.known.until("order", lambda now: now.failure is not None, timeout=10)
        rule = f"The rule of order for CustomerChanged at position {RENAME} failed"
        assert failed.failure == f"{rule} (ValueError)."
        last = log.record(order_confirmed("ord_0001", "cus_bea"))
        await store.known.until("order", lambda now: now.position == last, timeout=10)
        assert store.checkpoint(Order).failure == failed.failure
        broken = False
        await store.wait(Order, last, timeout=10)
        assert store.checkpoint(Order).failure is None
    reports = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert reports == [f"{rule} for the document ord_0004: ValueError: no"]
    await assert_equal_to_the_fold(store, log)


async def test_a_rebuild_takes_what_is_on_its_way_to_its_end(
    store: Store, allowance: Allowance
) -> None:
    log = renamed_log(orders=10)
    last = log.record(order_confirmed("ord_0000", "cus_ada"))
    async with projected(store, log):
        allowance.chunks = 1
        await reached(store, 2)
        before = await store.get(Order, "ord_0000")
        checkpoint = await rebuild(store, log, order)
        assert (checkpoint.position, checkpoint.fan_outs) == (last, ())
        assert await store.get(Order, "ord_0000") == before
        assert await names(store, 0, 2, 4, 6, 8) == ["Countess"] * 5
        await assert_equal_to_the_fold(store, log)


async def test_a_fan_out_survives_its_process_however_often_it_is_killed(
    store: Store, mongo_url: str
) -> None:
    log, database = killed_log(), store._connection.driver.database.name
    for done in (40, 150, 300):
        process = Forked("tests.projections.renamed", mongo_url, database, "10")
        try:
            await store.known.until("order", partial(_has_reached, done), timeout=30)
        finally:
            process.kill()
            process.wait(30)
        assert store.checkpoint(Order).fan_outs
        await assert_equal_to_the_fold(store, log)
    async with Engine(store, log, [order]) as engine:
        await engine.level(len(log.facts), timeout=30)
    await assert_equal_to_the_fold(store, log)
    assert await names(store, 0, 998) == ["Duchess"] * 2


def _has_reached(done: int, now: Checkpoint) -> bool:
    return any(each.done >= done for each in now.fan_outs)


def test_a_fan_out_needs_an_index_to_find_its_documents() -> None:
    unindexed: Projection[Order] = Projection(Order, revision=1)
    with pytest.raises(TypeError, match=r"order has no index on \(customer_name, _id\)"):
        unindexed.fans_out(CustomerChanged, field="customer_name", when=is_rename)

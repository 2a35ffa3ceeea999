import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

import pytest

from commands.events import Event, OrderConfirmed, OrderPlaced, Recorded
from projections import lease
from projections.customer import customer
from projections.engine import Engine, worker
from projections.feed import WrongLog
from projections.fold import fold
from projections.lease import LeaseWatch, new_owner
from projections.order import order
from projections.projection import Projection
from projections.rebuild import rebuild
from projections.verify import verify_view
from readmodels.customer import Customer
from readmodels.order import Order
from readmodels.store import Checkpoint, Owner, StaleRead, Store
from readmodels.store.connection import CHECKPOINTS
from readmodels.values import Position
from tests.projections.log import (
    MemoryLog,
    customer_registered,
    instant,
    order_confirmed,
    order_placed,
)


async def failed(store: Store) -> Checkpoint:
    return await store.known.until("order", lambda now: now.failure is not None, timeout=10)


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]


async def test_a_rule_that_raises_stops_its_view_before_that_fact(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    log = MemoryLog(customer_registered(), *(order_placed(f"ord_{n}") for n in range(9)))
    log.record(order_confirmed("ord_unknown"), order_placed("ord_later"))
    async with Engine(store, log, [order, customer]):
        await store.wait(Customer, 12, timeout=10)
        checkpoint = await failed(store)
        assert (checkpoint.position, checkpoint.failure) == (
            10,
            "The rule of order for OrderConfirmed at position 11 failed (ValueError).",
        )
        assert (checkpoint.head, checkpoint.lag_events) == (12, 2)
        assert errors(caplog) == [
            "The rule of order for OrderConfirmed at position 11 failed for the document"
            " ord_unknown: ValueError: there is no such document",
        ]
        # The fact is tried again, and goes through once it can.
        del log.facts[10]
        log.facts[10] = Recorded(
            position=11,
            stream="order/ord_later",
            version=1,
            event=order_placed("ord_later"),
            recorded_at=instant(11),
            occurred_at=instant(11),
            actor="tester",
            command_id="cmd_11",
            causation=None,
        )
        await store.wait(Order, 11, timeout=10)
        assert store.checkpoint(Order).failure is None


async def test_a_log_that_is_not_the_views_own_is_not_followed(store: Store) -> None:
    async with Engine(
        store, MemoryLog(*(order_placed(f"ord_{n}") for n in range(5))), [order]
    ) as e:
        await e.level(5, timeout=10)
    async with Engine(store, MemoryLog(order_placed("ord_other")), [order]):
        checkpoint = await failed(store)
    assert checkpoint.position == 5
    assert checkpoint.failure == (
        "The log ends at position 1, before 5, which the view order shows: its documents were made"
        " of another log. Run 'diptych rebuild order' to make them of this one."
    )


async def test_a_copy_of_the_log_that_went_on_otherwise_is_not_followed_until_a_rebuild(
    store: Store,
) -> None:
    log = MemoryLog(*(order_placed(f"ord_{n}") for n in range(5)))
    async with Engine(store, log, [order]) as engine:
        await engine.level(5, timeout=10)
    other = MemoryLog(*(order_placed(f"ord_{n}") for n in (0, 1, 2, 8, 9, 10)))
    told = (
        "The log's fact at position 5 is not the one that the view order shows: its documents were"
        " made of another log. Run 'diptych rebuild order' to make them of this one."
    )
    async with Engine(store, other, [order]) as engine:
        assert (await failed(store)).failure == told
        with pytest.raises(StaleRead):
            await store.wait(Order, 1, timeout=0)
        with pytest.raises(StaleRead):
            await store.get(Order, "ord_1", at=1)
        assert await store.get(Order, "ord_4") is not None
        assert await store.get(Order, "ord_10") is None
        assert (await verify_view(store, order, other)).wrong_log == told
        rebuilt = await rebuild(store, other, order)
        assert (rebuilt.position, rebuilt.failure) == (6, None)
        await engine.level(other.record(order_placed("ord_11")), timeout=10)
    report = await verify_view(store, order, other)
    assert (report.position, report.compared, report.clean) == (7, 7, True)


async def test_the_views_own_log_is_followed_again_once_it_is_back(store: Store) -> None:
    log = MemoryLog(order_placed("ord_0"), order_placed("ord_1"))
    async with Engine(store, log, [order]) as engine:
        await engine.level(2, timeout=10)
    async with Engine(store, MemoryLog(order_placed("ord_0"), order_placed("ord_2")), [order]):
        await failed(store)
    async with Engine(store, log, [order]) as engine:
        await engine.level(log.record(order_placed("ord_3")), timeout=10)
    assert store.checkpoint(Order).failure is None


async def test_a_checkpoint_that_kept_no_fact_takes_the_logs(store: Store) -> None:
    log = MemoryLog(order_placed())
    async with Engine(store, log, [order]) as engine:
        await engine.level(1, timeout=10)
    fact = store.checkpoint(Order).fact
    writer = store.writer(Order)
    held = await writer.checkpoint()
    await writer.write(held, replace(held, fact=""))
    async with Engine(store, log, [order]):
        await store.known.until("order", lambda now: now.fact == fact, timeout=10)


async def test_the_worker_reports_each_second_how_far_the_log_is(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "HEARTBEAT_SECONDS", 0.02)
    log = MemoryLog(order_placed())
    async with Engine(store, log, [order]) as engine:
        await engine.level(1, timeout=10)
        first = store.checkpoint(Order)
        later = await store.known.until(
            "order", lambda now: now.reported_at > first.reported_at, timeout=10
        )
    assert (later.head, later.lag_events, later.lag_seconds(instant(500))) == (1, 0, 0.0)
    assert store.checkpoint(Order).owner is None


async def test_a_second_engine_takes_over_when_the_first_one_stops(
    store: Store, mongo_url: str
) -> None:
    log = MemoryLog(order_placed("ord_1"))
    database = store._connection.driver.database.name
    async with await Store.open(mongo_url, database) as other:
        first = Engine(store, log, [order])
        await first.__aenter__()
        await first.level(1, timeout=10)
        owner = store.checkpoint(Order).owner
        async with Engine(other, log, [order]) as second:
            await second.level(log.record(order_placed("ord_2")), timeout=10)
            assert (await store.read_checkpoints())[0].owner == owner
            await first.__aexit__()
            await second.level(log.record(order_placed("ord_3")), timeout=10)
            taken = await store.known.until(
                "order", lambda now: now.owner not in (owner, None), timeout=10
            )
            assert taken.position <= 3
        report = await verify_view(other, order, log)
    assert (report.position, report.differing) == (3, [])


def checkpoint(owner: Owner | None, version: int = 1) -> Checkpoint:
    return Checkpoint(view="order", collection="order.1", owner=owner, version=version)


async def test_a_lease_ends_when_its_process_has_ended() -> None:
    gone = await asyncio.create_subprocess_exec("true")
    await gone.wait()
    mine = new_owner()
    ended = Owner(host=mine.host, pid=gone.pid, started=1.0, token="ended")
    reused = Owner(host=mine.host, pid=mine.pid, started=1.0, token="reused")
    elsewhere = Owner(host="elsewhere", pid=gone.pid, started=1.0, token="elsewhere")
    alive = new_owner()
    watch = LeaseWatch()
    assert watch.is_free(checkpoint(None), mine)
    assert watch.is_free(checkpoint(mine), mine)
    assert watch.is_free(checkpoint(ended), mine)
    assert watch.is_free(checkpoint(reused), mine)
    assert not watch.is_free(checkpoint(elsewhere), mine)
    assert not watch.is_free(checkpoint(alive), mine)


def test_a_lease_ends_when_its_checkpoint_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(lease, "monotonic", lambda: now)
    mine, other, watch = new_owner(), new_owner(), LeaseWatch()
    assert not watch.is_free(checkpoint(other, version=1), mine)
    now += 9.9
    assert not watch.is_free(checkpoint(other, version=1), mine)
    assert not watch.is_free(checkpoint(other, version=2), mine)
    now += 9.9
    assert not watch.is_free(checkpoint(other, version=2), mine)
    now += 0.1
    assert watch.is_free(checkpoint(other, version=2), mine)


class Newer:
    """The rules of orders in a later revision, which raise at confirmations while `broken`."""

    def __init__(self) -> None:
        self.broken = True
        self.tried = 0
        self.projection: Projection[Order] = Projection(Order, revision=order.revision + 1)

        @self.projection.starts_with(OrderPlaced)
        def placed(fact: Recorded[OrderPlaced]) -> Order:
            return replace(fold(order, [fact])[fact.event.order_id], position=Position(0))

        @self.projection.on(OrderConfirmed)
        def confirmed(document: Order, fact: Recorded[OrderConfirmed]) -> Order:
            self.tried += 1
            if self.broken:
                raise ValueError("somebody@example.org")
            return replace(document, reference="confirmed")


async def written_again(store: Store) -> Checkpoint:
    """The next checkpoint after the one that is known."""
    version = store.checkpoint(Order).version
    return await store.known.until("order", lambda now: now.version > version, timeout=30)


async def collections(store: Store) -> list[str]:
    names = await store._connection.driver.database.list_collection_names()
    return sorted(name for name in names if name.startswith("order"))


async def test_a_rule_that_raises_in_a_rebuild_fails_the_view_and_leaves_nothing_behind(
    store: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "HEARTBEAT_SECONDS", 0.05)
    log = MemoryLog(order_placed("ord_1"), order_placed("ord_2"), order_confirmed("ord_1"))
    async with Engine(store, log, [order]) as engine:
        await engine.level(3, timeout=30)
    before = await collections(store)
    newer = Newer()
    public = "The rule of order for OrderConfirmed at position 3 failed (ValueError)."
    async with Engine(store, log, [newer.projection]):
        first = await failed(store)
        assert (first.failure, first.revision, first.position) == (public, order.revision, 3)
        while newer.tried < 4:
            # The worker goes on reporting while it waits for its next attempt.
            again = await written_again(store)
            assert again.failure == public
        (shown,) = [each for each in await store.statuses() if each.checkpoint.view == "order"]
        assert shown.rebuild is None
        assert await collections(store) == before
        assert await store.get(Order, "ord_2") is not None
        assert errors(caplog) == [
            "The rule of order for OrderConfirmed at position 3 failed for the document ord_1:"
            " ValueError: somebody@example.org"
        ]
        newer.broken = False
        healed = await store.known.until(
            "order", lambda now: now.revision == newer.projection.revision, timeout=30
        )
        assert healed.failure is None
        await store.wait(Order, 3, timeout=30)


async def test_attempts_at_a_rebuild_that_fails_become_rare(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = worker.Worker(store, MemoryLog(), order)
    tried = RuntimeError("again")

    async def rebuild(*_: object, **__: object) -> None:
        raise tried

    monkeypatch.setattr(worker, "rebuild", rebuild)
    pauses = []
    for _ in range(9):
        with pytest.raises(RuntimeError):
            await failing._rebuild(Checkpoint.initial("order"))
        pauses.append(round(failing._rebuild_pause))
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


class Gap(MemoryLog):
    """Leaves out one fact while it reads."""

    missing = 0

    async def read(self, after: int, limit: int) -> Sequence[Recorded[Event]]:
        there = [fact for fact in self.facts if fact.position != self.missing]
        return [fact for fact in there if fact.position > after][:limit]


@pytest.mark.parametrize("missing", [1, 3])
async def test_a_log_with_a_gap_is_not_followed_across_it(store: Store, missing: int) -> None:
    log = Gap(*(order_placed(f"ord_{n}") for n in range(4)))
    log.missing = missing
    gap = f"After position {missing - 1} the log gives {missing + 1}."
    async with Engine(store, log, [order]):
        stopped = await store.known.until(
            "order", lambda now: (now.position, now.failure) == (missing - 1, gap), timeout=30
        )
        assert stopped.of_another_log
        with pytest.raises(WrongLog, match=gap):
            await rebuild(store, log, order)
        log.missing = 0
        await store.wait(Order, 4, timeout=30)
    assert (await verify_view(store, order, log)).clean


async def test_an_older_version_s_words_for_a_failure_are_not_told(store: Store) -> None:
    log = MemoryLog(order_placed())
    async with Engine(store, log, [order]) as engine:
        await engine.level(1, timeout=30)
    records = store._connection.collection(CHECKPOINTS)
    await records.update_one({"_id": "order"}, {"$set": {"failure": "somebody@example.org"}})
    assert [each.failure for each in await store.read_checkpoints()] == [None]
    (shown,) = [each for each in await store.statuses() if each.checkpoint.view == "order"]
    assert shown.checkpoint.failure is None

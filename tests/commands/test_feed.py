"""The log as projections follow it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from commands import feed as following
from commands.bus import Bus, running_bus
from commands.events import Event, Recorded
from commands.feed import Feed, running_feed
from commands.store.database import Database
from tests.commands.conftest import Clock
from tests.commands.recorded import accepted, facts
from tests.commands.wanted import customer, product
from tests.forked import Forked


def elsewhere(url: str, count: int) -> Forked:
    """Another process, that records so many facts."""
    return Forked("tests.commands.elsewhere", url, str(count))


@pytest.fixture
async def feed(database: Database) -> AsyncIterator[Feed]:
    async with running_feed(database) as feed:
        yield feed


async def test_an_empty_log_has_head_0_and_no_facts(feed: Feed) -> None:
    assert await feed.head() == 0
    assert await feed.read(0, 10) == []


async def test_facts_come_in_order_from_any_position_and_no_more_than_asked(
    feed: Feed, bus: Bus, database: Database
) -> None:
    for _ in range(5):
        accepted(await bus.handle(product()))
    log = await facts(database)
    assert await feed.head() == 10
    for after in range(12):
        for limit in (1, 3, 100):
            read = list(await feed.read(after, limit))
            assert read == log[after : after + len(read)]
            assert (1 if after < 10 else 0) <= len(read) <= limit


async def test_readers_at_different_places_each_see_the_whole_log(
    database: Database, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "TAIL", 7)
    feed = Feed(database)
    seen: dict[int, list[int]] = {1: [], 3: [], 20: []}

    async def go_on(limit: int) -> None:
        read = seen[limit]
        read += [fact.position for fact in await feed.read(len(read), limit)]

    for _ in range(10):
        accepted(await bus.handle(product()))
        for limit in seen:
            await go_on(limit)
    for _ in range(20):
        for limit in seen:
            await go_on(limit)
    assert seen == {limit: list(range(1, 21)) for limit in seen}


async def test_readers_that_come_to_the_end_together_share_the_look_at_it(
    database: Database, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = Feed(database)
    from_store, looks = feed._from_store, 0

    async def counted(after: int, limit: int) -> list[Recorded[Event]]:
        nonlocal looks
        looks += 1
        return await from_store(after, limit)

    monkeypatch.setattr(feed, "_from_store", counted)
    assert await asyncio.gather(*(feed.read(0, 10) for _ in range(7))) == [[]] * 7
    # The first look may have begun before the others asked.
    assert looks == 2
    accepted(await bus.handle(customer()))
    read = await asyncio.gather(*(feed.read(0, 10) for _ in range(7)))
    assert [[fact.position for fact in each] for each in read] == [[1]] * 7
    assert looks == 3


async def test_what_is_recorded_while_another_looks_is_not_missed(
    database: Database, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = Feed(database)
    from_store, looked, go_on = feed._from_store, asyncio.Event(), asyncio.Event()

    async def slow(after: int, limit: int) -> list[Recorded[Event]]:
        found = await from_store(after, limit)
        looked.set()
        await go_on.wait()
        return found

    monkeypatch.setattr(feed, "_from_store", slow)
    early = asyncio.create_task(feed.read(0, 10))
    await looked.wait()
    accepted(await bus.handle(customer()))
    late = asyncio.create_task(feed.read(0, 10))
    await asyncio.sleep(0)
    go_on.set()
    assert await early == []
    assert [fact.position for fact in await late] == [1]


async def test_it_wakes_at_once_on_a_commit_of_its_own_process(
    database: Database, clock: Clock
) -> None:
    feed = Feed(database)  # nothing looks at the database for it
    async with running_bus(database, clock, on_commit=feed.wake) as bus:
        waiting = asyncio.create_task(feed.changed(0, timeout=30))
        accepted(await bus.handle(product()))
        await waiting
        assert feed._seen == 2


async def test_it_does_not_wait_for_what_is_there(feed: Feed, bus: Bus) -> None:
    accepted(await bus.handle(customer()))
    feed.wake(1)
    async with asyncio.timeout(1):
        await feed.changed(0, timeout=30)


async def test_it_waits_no_longer_than_it_is_told(feed: Feed) -> None:
    began = asyncio.get_running_loop().time()
    await feed.changed(0, timeout=0.1)
    assert 0.09 < asyncio.get_running_loop().time() - began < 5


async def test_it_wakes_on_another_process_s_commits_and_sees_them_dense_and_in_order(
    url: str, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On PostgreSQL only a notification can then be what wakes it.
    monkeypatch.setattr(following, "FALLBACK_EVERY", 60.0)
    process = elsewhere(url, 20)
    positions: list[int] = []
    lags: list[timedelta] = []
    async with asyncio.timeout(50):
        while len(positions) < 20:
            await feed.changed(len(positions), timeout=50)
            new = await feed.read(len(positions), 100)
            positions += [fact.position for fact in new]
            lags += [datetime.now(UTC) - fact.recorded_at for fact in new]
        assert await asyncio.to_thread(process.wait, 30) == 0
    assert positions == list(range(1, 21))
    assert max(lags) < timedelta(seconds=5)


async def test_a_process_that_writes_beside_the_server_shares_its_log(
    url: str, bus: Bus, database: Database
) -> None:
    process = elsewhere(url, 20)
    ending = asyncio.create_task(asyncio.to_thread(process.wait, 30))
    own = [accepted(await bus.handle(customer())).position]
    while not ending.done():
        own.append(accepted(await bus.handle(customer())).position)
        await asyncio.wait([ending], timeout=0.01)
    assert ending.result() == 0
    log = await facts(database)
    assert len(log) == len(own) + 20
    # Its clock is right and ours is behind, which does not show in the log.
    instants = [fact.recorded_at for fact in log]
    assert instants == sorted(instants)


async def test_readers_far_apart_do_not_share_what_lies_between_them(
    database: Database, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "TAIL", 8)
    feed = Feed(database)
    for _ in range(30):
        accepted(await bus.handle(customer()))
    log = await facts(database)
    assert await feed.read(0, 5) == log[:5]
    # What one reads here leaves a gap behind what the other has read.
    assert await feed.read(20, 5) == log[20:25]
    for after in (5, 10, 20, 22, 0, 25):
        read = list(await feed.read(after, 5))
        assert read == log[after : after + len(read)]
        assert read


async def test_it_never_forgets_how_far_the_log_goes(database: Database) -> None:
    feed = Feed(database)
    feed.wake(5)
    feed.wake(3)
    async with asyncio.timeout(10):
        await feed.changed(4, timeout=60)

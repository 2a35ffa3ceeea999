"""The database goes away at bad moments: every answer stays true, and work goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from commands import bus as handling
from commands.bus import running_bus
from commands.feed import Feed
from commands.outcome import Accepted, OutcomeUnknown
from commands.store import database as opening
from commands.store.database import Database
from commands.store.log import LOCK_HEAD
from commands.store.unavailable import Unavailable
from tests.commands.conftest import Clock
from tests.commands.proxy import proxied
from tests.commands.recorded import accepted, facts, rows, writing
from tests.commands.wanted import customer, order, product

NOTHING = r"^The write store is not available; nothing was recorded\.$"


@asynccontextmanager
async def holding_the_head(database: Database) -> AsyncIterator[None]:
    """Another writer, that is in the middle of its transaction."""
    async with writing(database) as connection:
        await connection.execute(LOCK_HEAD)
        yield


async def test_a_commit_whose_reply_was_lost_is_answered_as_accepted(
    postgres: str, clock: Clock
) -> None:
    told: list[int] = []
    async with proxied(postgres) as proxy:
        database = Database(proxy.url)
        async with running_bus(database, clock, told.append) as bus:
            ada, pencil = customer(), product(initial_stock=3)
            accepted(await bus.handle(ada))
            accepted(await bus.handle(pencil))
            proxy.lose_next("reply")
            placed = order(ada, (pencil, 2))
            first = await bus.handle(placed, idempotency_key="k")
            assert first == Accepted(placed.order_id, 1, 5)
            assert told == [1, 3, 5]
            assert proxy.lost == ["reply"]
            assert await bus.handle(order(ada, (pencil, 2)), idempotency_key="k") == first
            accepted(await bus.handle(order(ada, (pencil, 1))))
        assert len(await facts(database)) == 7
        await database.close()


async def test_a_commit_that_never_arrived_is_answered_as_not_recorded(
    postgres: str, clock: Clock
) -> None:
    told: list[int] = []
    async with proxied(postgres) as proxy:
        database = Database(proxy.url)
        async with running_bus(database, clock, told.append) as bus:
            accepted(await bus.handle(customer()))
            proxy.lose_next("request")
            bob = customer(email="bob@example.org")
            with pytest.raises(Unavailable, match=NOTHING):
                await bus.handle(bob, idempotency_key="k")
            assert proxy.lost == ["request"]
            assert len(await facts(database)) == 1
            assert told == [1]
            again = await bus.handle(bob, idempotency_key="k")
            assert again == Accepted(bob.customer_id, 1, 2)
        assert len(await facts(database)) == 2
        await database.close()


async def test_a_commit_that_nobody_can_tell_of_is_said_to_be_so(
    postgres: str, clock: Clock
) -> None:
    async with proxied(postgres) as proxy:
        database = Database(proxy.url)
        async with running_bus(database, clock) as bus:
            accepted(await bus.handle(customer()))
            proxy.lose_next("reply")
            proxy.down = True
            bob = customer(email="bob@example.org")
            with pytest.raises(OutcomeUnknown, match="ask again with the same idempotencyKey"):
                await bus.handle(bob, idempotency_key="k")
            with pytest.raises(Unavailable, match=NOTHING):
                await bus.handle(customer())
            proxy.down = False
            again = await bus.handle(bob, idempotency_key="k")
            assert again == Accepted(bob.customer_id, 1, 2)
        assert len(await facts(database)) == 2
        await database.close()


async def test_a_server_that_ended_the_writer_s_connection_is_written_to_again(
    postgres: str, clock: Clock
) -> None:
    database, beside = Database(postgres), Database(postgres)
    async with running_bus(database, clock) as bus:
        for number in range(1, 4):
            assert accepted(await bus.handle(customer())).position == number
            ended = (
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert await rows(beside, ended) == [(True,)]
    assert len(await facts(beside)) == 3
    for each in (database, beside):
        await each.close()


async def test_a_writer_that_is_locked_out_says_so_and_then_goes_on(
    url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "LOCK_WAIT", 0.2)
    database = Database(url)
    async with running_bus(database, clock) as bus:
        accepted(await bus.handle(customer()))
        async with holding_the_head(database):
            waiting = [asyncio.create_task(bus.handle(customer())) for _ in range(3)]
            for answer in await asyncio.gather(*waiting, return_exceptions=True):
                assert isinstance(answer, Unavailable)
                assert str(answer) == "The write store is not available; nothing was recorded."
            assert len(await facts(database)) == 1
        assert accepted(await bus.handle(customer())).position == 2
    await database.close()


@asynccontextmanager
async def full(database: Database, *, but_for: int = 0) -> AsyncIterator[None]:
    """The writer's disk has no more room than for so many pages of 4 KiB."""
    ((pages,),) = await rows(database, "PRAGMA page_count")

    def fill(connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + but_for}")

    event.listen(database.writer.sync_engine, "begin", fill)
    try:
        yield
    finally:
        event.remove(database.writer.sync_engine, "begin", fill)


async def test_a_full_disk_is_no_harm_beyond_its_command(sqlite: str, clock: Clock) -> None:
    database = Database(sqlite)
    async with running_bus(database, clock) as bus:
        accepted(await bus.handle(customer()))
        async with full(database):
            with pytest.raises(Unavailable, match=NOTHING):
                await bus.handle(product(description="x" * 10_000))
        assert len(await facts(database)) == 1
        accepted(await bus.handle(product(description="x" * 10_000)))
    await database.close()


async def test_a_full_disk_is_found_out_by_a_trial(sqlite: str, clock: Clock) -> None:
    database = Database(sqlite)
    async with running_bus(database, clock) as bus:
        async with full(database):
            with pytest.raises(Unavailable, match=NOTHING):
                await bus.try_recording()
            assert database.outage.lasts
        await bus.try_recording()
        assert not database.outage.lasts
    await database.close()


async def test_no_trial_says_that_commands_can_be_recorded_that_fail(
    sqlite: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(sqlite)
    async with running_bus(database, clock) as bus, full(database, but_for=40):
        many = (bus.handle(product(description="x" * 10_000)) for _ in range(40))
        outcomes = await asyncio.gather(*many, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {Unavailable}
        with pytest.raises(Unavailable, match=NOTHING):
            await bus.try_recording()
        assert database.outage.lasts
        monkeypatch.setattr(handling, "DOUBT", 0.0)
        await bus.try_recording()
        assert not database.outage.lasts
        monkeypatch.undo()
        accepted(await bus.handle(customer()))
        await bus.try_recording()
    await database.close()


async def test_many_who_want_to_know_are_answered_by_one_trial(sqlite: str, clock: Clock) -> None:
    database = Database(sqlite)
    commits: list[Connection] = []
    event.listen(database.writer.sync_engine, "commit", commits.append)
    async with running_bus(database, clock) as bus:
        await asyncio.gather(*(bus.try_recording() for _ in range(2 * handling.LONGEST_QUEUE)))
    # Idempotency keys are looked through once, before the first batch.
    assert len(commits) == 2
    await database.close()


async def test_nothing_is_recorded_in_a_file_that_is_not_in_its_place(
    sqlite: str, clock: Clock, tmp_path: Path
) -> None:
    database = Database(sqlite)
    file, aside = Path(str(database.url.database)), tmp_path / "aside"
    async with running_bus(database, clock) as bus:
        accepted(await bus.handle(customer()))
        file.rename(aside)
        for _ in range(3):
            with pytest.raises(Unavailable, match=NOTHING):
                await bus.handle(customer())
            with pytest.raises(Unavailable):
                await Feed(database).head()
        # Nor is an empty one made there.
        assert not file.exists()
        aside.rename(file)
        assert accepted(await bus.handle(customer())).position == 2
    assert len(await facts(database)) == 2
    await database.close()

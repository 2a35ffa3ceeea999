"""A write store that does not answer: every caller is, in time and truly."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import Connection, event

from commands import bus as handling
from commands.bus import Bus, running_bus
from commands.outcome import Accepted, OutcomeUnknown
from commands.store import database as opening
from commands.store import postgresql
from commands.store.database import Database
from commands.store.log import LOCK_HEAD
from commands.store.unavailable import Unavailable
from tests.commands.conftest import Clock
from tests.commands.proxy import Loss, proxied
from tests.commands.recorded import accepted, facts, writing
from tests.commands.strange import DecideFor, Misdecide
from tests.commands.wanted import customer

TOO_LATE = r"^The write store did not answer in time; nothing was recorded\.$"
NOT_AVAILABLE = r"^The write store is not available; nothing was recorded\.$"
PATIENCE = 60.0


@pytest.fixture
def short_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    """Statements to PostgreSQL are given up after a second, locks and idle transactions too."""
    for name in ("LOCK_WAIT", "IDLE_WAIT", "STATEMENT_WAIT"):
        monkeypatch.setattr(opening, name, 1.0)
    monkeypatch.setattr(postgresql, "CONNECT_WAIT", 1.0)


class Thread:
    """The thread of SQLite's writer: whatever it is told to do before `hold` is over waits."""

    def __init__(self, database: Database) -> None:
        self._engine = database.writer.sync_engine
        self._go_on = threading.Event()
        self.held = asyncio.Event()

    @contextmanager
    def held_before(self, moment: str) -> Iterator[None]:
        """Held from the next `commit` or `begin` of the writer on, until the context ends."""

        def hold(connection: Connection) -> None:
            if self.held.is_set():
                return
            driver: Any = connection.connection.driver_connection
            driver._tx.put_nowait((None, self._go_on.wait))
            self.held.set()

        event.listen(self._engine, moment, hold, insert=True)
        try:
            yield
        finally:
            self._go_on.set()
            event.remove(self._engine, moment, hold)


@asynccontextmanager
async def holding_the_head(database: Database) -> AsyncIterator[None]:
    async with writing(database) as connection:
        await connection.execute(LOCK_HEAD)
        yield


async def test_what_waits_at_its_deadline_is_taken_out_and_never_recorded(
    sqlite: str, clock: Clock
) -> None:
    database = Database(sqlite)
    thread = Thread(database)
    async with running_bus(database, clock, command_wait=0.3) as bus:
        accepted(await bus.handle(customer()))
        with thread.held_before("begin"):
            first = asyncio.create_task(bus.handle(customer()))
            await thread.held.wait()
            behind = [asyncio.create_task(bus.handle(customer())) for _ in range(3)]
            for answer in await asyncio.gather(first, *behind, return_exceptions=True):
                assert isinstance(answer, Unavailable)
                assert (
                    str(answer) == "The write store did not answer in time; nothing was recorded."
                )
            assert bus.standing_for > 0.2
        # The thread has gone on, and the same connection serves again.
        assert await eventually_recorded(bus) == 2
        assert bus.standing_for == 0
    assert len(await facts(database)) == 2
    await database.close()


async def eventually_recorded(bus: Bus) -> int:
    """The position of one that is tried again until it is recorded."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return accepted(await bus.handle(customer())).position
            except Unavailable:
                await asyncio.sleep(0.01)


async def test_one_that_expires_before_the_commit_is_left_out_and_its_neighbours_are_recorded(
    sqlite: str, clock: Clock
) -> None:
    database = Database(sqlite)
    thread = Thread(database)
    ada, bob = customer(email="ada@example.org"), customer(email="bob@example.org")
    async with running_bus(database, clock, command_wait=0.3) as bus:
        accepted(await bus.handle(customer()))
        with thread.held_before("begin"):
            neighbour = asyncio.create_task(
                bus.handle_together([bob], actor="import", cause="day 1")
            )
            with pytest.raises(Unavailable, match=TOO_LATE):
                await bus.handle(ada)
        assert await neighbour == (Accepted(bob.customer_id, 1, 2),)
    assert [fact.event.key for fact in await facts(database)][1:] == [bob.customer_id]
    await database.close()


@pytest.mark.parametrize("key", ["k", None])
async def test_what_is_being_committed_at_its_deadline_is_not_known_and_the_thread_goes_on(
    sqlite: str, clock: Clock, key: str | None
) -> None:
    database = Database(sqlite)
    thread = Thread(database)
    told: list[int] = []
    ada = customer()
    async with running_bus(database, clock, told.append, command_wait=0.3) as bus:
        accepted(await bus.handle(customer()))
        with thread.held_before("commit"):
            with pytest.raises(OutcomeUnknown) as unknown:
                await bus.handle(ada, idempotency_key=key)
            assert str(unknown.value) == (
                "The write store did not reply in time to the commit of this command, so that it is"
                " not known whether it was recorded: "
                + (
                    "ask again with the same idempotencyKey."
                    if key
                    else "it was sent without an idempotencyKey, so that it cannot be asked. Look"
                    " at what is there before you send it again."
                )
            )
        assert await eventually_recorded(bus) == 3
        assert told == [1, 2, 3]
        if key:
            assert await bus.handle(ada, idempotency_key=key) == Accepted(ada.customer_id, 1, 2)
    assert len(await facts(database)) == 3
    await database.close()


async def test_the_end_waits_no_longer_than_a_command_for_a_thread_that_does_not_come_back(
    sqlite: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handling, "STOP_MARGIN", 0.3)
    database = Database(sqlite)
    thread = Thread(database)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(asyncio.timeout(PATIENCE))
        bus = await stack.enter_async_context(running_bus(database, clock, command_wait=0.3))
        accepted(await bus.handle(customer()))
        with thread.held_before("commit"):
            together = asyncio.create_task(
                bus.handle_together([customer()], actor="import", cause="day 1")
            )
            await thread.held.wait()
            await stack.aclose()
            with pytest.raises(OutcomeUnknown, match=r"ask again under the same cause, day 1\.$"):
                await together
            await database.close()
    other = Database(sqlite)
    async with running_bus(other, clock) as bus:
        assert await bus.handle_together([customer()], actor="import", cause="day 1")
    assert len(await facts(other)) == 2
    await other.close()


async def test_more_than_may_wait_are_refused_at_once(
    sqlite: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handling, "LONGEST_QUEUE", 3)
    database = Database(sqlite)
    thread = Thread(database)
    async with running_bus(database, clock, command_wait=PATIENCE) as bus:
        with thread.held_before("begin"):
            asked = [asyncio.create_task(bus.handle(customer()))]
            await thread.held.wait()
            asked += [asyncio.create_task(bus.handle(customer())) for _ in range(3)]
            await asyncio.sleep(0)
            with pytest.raises(
                Unavailable,
                match=r"^Too many commands are waiting to be recorded; nothing was recorded\.$",
            ):
                await bus.handle(customer())
        assert len({accepted(each) for each in await asyncio.gather(*asked)}) == 4
    assert len(await facts(database)) == 4
    await database.close()


@pytest.mark.usefixtures("short_statements")
async def test_a_silent_connection_is_given_up_and_another_one_serves(
    postgres: str, clock: Clock
) -> None:
    async with proxied(postgres) as proxy:
        database = Database(proxy.url)
        async with running_bus(database, clock, command_wait=PATIENCE) as bus:
            accepted(await bus.handle(customer()))
            proxy.silence()
            # Nothing had been asked of the silent one yet, so that it is tried on another.
            assert accepted(await bus.handle(customer())).position == 2
        await database.close()
    assert len(await facts_of(postgres)) == 2


@pytest.mark.usefixtures("short_statements")
async def test_a_server_that_says_nothing_is_unavailable_in_time_and_stops_nobody_s_end(
    postgres: str, clock: Clock
) -> None:
    async with proxied(postgres) as proxy, asyncio.timeout(PATIENCE):
        database = Database(proxy.url)
        async with running_bus(database, clock, command_wait=1.0) as bus:
            accepted(await bus.handle(customer()))
            proxy.silence()
            proxy.mute = True
            asked = [asyncio.create_task(bus.handle(customer())) for _ in range(14)]
            for answer in await asyncio.gather(*asked, return_exceptions=True):
                assert isinstance(answer, Unavailable)
                assert str(answer).endswith("; nothing was recorded.")
            asked = [asyncio.create_task(bus.handle(customer())) for _ in range(14)]
            await asyncio.sleep(0)
        for answer in await asyncio.gather(*asked, return_exceptions=True):
            assert isinstance(answer, Unavailable)
        await database.close()
    assert len(await facts_of(postgres)) == 1


@pytest.mark.usefixtures("short_statements")
@pytest.mark.parametrize(("loss", "count"), [("request", 1), ("reply", 2)])
async def test_a_commit_into_silence_is_resolved_behind_the_head_s_lock(
    postgres: str, clock: Clock, loss: Loss, count: int
) -> None:
    async with proxied(postgres) as proxy:
        database = Database(proxy.url)
        async with running_bus(database, clock, command_wait=PATIENCE) as bus:
            accepted(await bus.handle(customer()))
            proxy.lose_next(loss, silently=True)
            bob = customer()
            if loss == "reply":
                assert await bus.handle(bob) == Accepted(bob.customer_id, 1, 2)
            else:
                with pytest.raises(Unavailable, match=NOT_AVAILABLE):
                    await bus.handle(bob)
            assert proxy.lost == [loss]
        await database.close()
    assert len(await facts_of(postgres)) == count


@pytest.mark.usefixtures("short_statements")
async def test_of_a_commit_into_silence_those_who_record_are_told_that_it_is_not_known(
    postgres: str, clock: Clock
) -> None:
    async with proxied(postgres) as proxy:
        database = Database(proxy.url)
        async with running_bus(database, clock, command_wait=1.5) as bus:
            accepted(await bus.handle(customer(email="ada@example.org")))
            proxy.lose_next("reply", silently=True)
            proxy.mute = True
            recorded, refused = await asyncio.gather(
                bus.handle(customer()),
                bus.handle(customer(email="ada@example.org")),
                return_exceptions=True,
            )
            assert isinstance(recorded, OutcomeUnknown)
            assert isinstance(refused, Unavailable)
            proxy.mute = False
            assert await eventually_recorded(bus) == 3
        await database.close()


async def facts_of(url: str) -> list[Any]:
    database = Database(url)
    log = await facts(database)
    await database.close()
    return log


async def test_a_transaction_that_lies_idle_lets_go_of_the_head(
    postgres: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As a process that was stopped in the middle of a transaction leaves it.
    monkeypatch.setattr(opening, "IDLE_WAIT", 0.3)
    database = Database(postgres)
    async with running_bus(database, clock) as bus:
        async with holding_the_head_for_good(database):
            assert await eventually_recorded(bus) == 1
    await database.close()


@asynccontextmanager
async def holding_the_head_for_good(database: Database) -> AsyncIterator[None]:
    other = Database(database.url.render_as_string(hide_password=False))
    connection = await other.writer.connect()
    await connection.execute(LOCK_HEAD)
    try:
        yield
    finally:
        await connection.invalidate()
        await connection.close()
        await other.close()


async def test_a_transaction_waits_for_the_head_s_lock_no_longer_than_it_may(
    postgres: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(postgres)
    monkeypatch.setattr(opening, "LOCK_WAIT", 0.3)
    impatient = Database(postgres)
    async with holding_the_head(database), running_bus(impatient, clock, command_wait=30) as bus:
        # Neither its statement nor its command has a deadline that is so near.
        async with asyncio.timeout(opening.STATEMENT_WAIT - 0.5):
            with pytest.raises(Unavailable, match=NOT_AVAILABLE):
                await bus.handle(customer())
    for each in (database, impatient):
        await each.close()


class Odd(BaseException):
    """What no `except Exception` catches."""


@pytest.mark.parametrize("fault", [ZeroDivisionError, Odd, asyncio.CancelledError, SystemExit])
async def test_a_hook_that_raises_has_nothing_decided_again(
    database: Database,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
    fault: type[BaseException],
) -> None:
    told: list[int] = []

    def raising(position: int) -> None:
        told.append(position)
        raise fault

    async with running_bus(database, clock, raising) as bus:
        outcomes = await asyncio.gather(*(bus.handle(customer()) for _ in range(3)))
        assert sorted(accepted(each).position for each in outcomes) == [1, 2, 3]
        assert accepted(await bus.handle(customer())).position == 4
    assert len(await facts(database)) == 4
    assert told[-1] == 4
    assert len([r for r in caplog.records if r.exc_info]) == 1


async def test_a_hook_that_raises_is_told_of_once_a_kind_and_when_it_is_over(
    database: Database, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    faults = [ZeroDivisionError(), KeyError("a"), ZeroDivisionError(), None, None, KeyError("b")]

    def hook(position: int) -> None:
        if fault := faults[position - 1]:
            raise fault

    async with running_bus(database, clock, hook) as bus:
        for _ in faults:
            accepted(await bus.handle(customer()))
    assert [(r.getMessage(), bool(r.exc_info)) for r in caplog.records] == [
        ("What follows a commit failed at position 1", True),
        ("What follows a commit failed at position 2", True),
        ("What follows a commit is done again; it failed 3 times.", False),
        ("What follows a commit failed at position 6", True),
    ]


async def test_a_fault_whose_caller_has_gone_away_is_in_the_log(
    bus: Bus, caplog: pytest.LogCaptureFixture
) -> None:
    asking = asyncio.create_task(bus.handle(Misdecide()))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    accepted(await bus.handle(customer()))
    (said,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert said.getMessage() == "A command failed whose caller has gone away"
    assert said.exc_info


async def test_whether_anything_can_be_recorded_is_found_out_by_writing(
    sqlite: str, clock: Clock
) -> None:
    database = Database(sqlite)
    async with running_bus(database, clock) as bus:
        await bus.try_recording()
        accepted(await bus.handle(customer()))

        @event.listens_for(database.writer.sync_engine, "begin")
        def forbid(connection: Connection) -> None:
            connection.exec_driver_sql("PRAGMA query_only = ON")

        await bus.try_recording(within=PATIENCE)
        with pytest.raises(Unavailable, match=NOT_AVAILABLE):
            await bus.try_recording()
    assert len(await facts(database)) == 1
    await database.close()


async def test_a_command_that_takes_too_long_puts_nobody_in_doubt_of_the_store(
    database: Database, clock: Clock
) -> None:
    async with running_bus(database, clock, command_wait=0.2) as bus:
        with pytest.raises(Unavailable, match=TOO_LATE):
            await bus.handle(DecideFor(seconds=0.5))
        # On a loaded machine one trial may be late, but not each of those in the time of a doubt.
        for _ in range(20):
            with suppress(Unavailable):
                await bus.try_recording()
                break
            await asyncio.sleep(0.05)
        else:
            pytest.fail("The store counts as away for one slow command.")

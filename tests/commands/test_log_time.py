"""Times go by the write store's clock, and one that was ahead does no harm."""

import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from commands.bus import running_bus
from commands.clock import cut, from_milliseconds
from commands.orders.payment_window import PaymentWindow
from commands.store.database import Database
from commands.timers import Timers
from tests.commands.conftest import Clock
from tests.commands.deciding import NOW
from tests.commands.recorded import accepted, events, facts, rows
from tests.commands.wanted import customer, order, product

DAY = timedelta(hours=24)


async def store_time(database: Database) -> datetime:
    ((milliseconds,),) = await rows(
        database, "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
    )
    return from_milliseconds(milliseconds)


async def test_facts_have_the_time_of_the_store_s_clock(database: Database) -> None:
    async with running_bus(database) as bus:
        before = cut(datetime.now(UTC))
        accepted(await bus.handle(customer()))
        after = datetime.now(UTC)
        moment = await bus.moment()
    (fact,) = await facts(database)
    assert before <= fact.recorded_at == fact.occurred_at <= after <= moment.now
    assert fact.recorded_at == cut(fact.recorded_at)
    assert (moment.ahead, moment.is_wrong) == (0, False)


async def test_a_process_whose_own_clock_is_ahead_neither_stamps_that_time_nor_fires_by_it(
    postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ahead(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(hours=25)  # type: ignore[arg-type]

    its_time = time.time
    monkeypatch.setattr(time, "time", lambda: its_time() + DAY.total_seconds())
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "commands" and getattr(module, "datetime", None) is datetime:
            monkeypatch.setattr(module, "datetime", Ahead)
    database, window = Database(postgres), PaymentWindow(DAY)
    ada, pencil = customer(), product(initial_stock=5)
    async with running_bus(database, processes=[window]) as bus:
        before = await store_time(database)
        for command in (ada, pencil, order(ada, (pencil, 2))):
            accepted(await bus.handle(command))
        after = await store_time(database)
        await Timers(database, bus, window).fire()
    log = await facts(database)
    assert all(before <= fact.recorded_at <= after for fact in log)
    assert "OrderCancelled" not in {type(event).__name__ for event in await events(database)}
    assert await rows(database, "SELECT count(*) FROM timers") == [(1,)]
    await database.close()


@pytest.fixture
async def after_a_wrong_clock(database: Database, clock: Clock) -> Database:
    """An order was placed, and a fact recorded while the clock was 25 hours ahead; it is right
    again."""
    ada, pencil = customer(), product(initial_stock=5)
    async with running_bus(database, clock, processes=[PaymentWindow(DAY)]) as bus:
        for command in (ada, pencil, order(ada, (pencil, 2))):
            accepted(await bus.handle(command))
        clock.step(timedelta(hours=25))
        accepted(await bus.handle(customer()))
        clock.step(-timedelta(hours=25))
    return database


async def test_while_the_log_is_ahead_it_is_said_once_and_no_timer_fires(
    after_a_wrong_clock: Database, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    database, window = after_a_wrong_clock, PaymentWindow(DAY)
    async with running_bus(database, clock, processes=[window]) as bus:
        timers = Timers(database, bus, window, clock)
        clock.step(timedelta(hours=24, minutes=59))
        for _ in range(3):
            await timers.fire()
            accepted(await bus.handle(customer()))
        moment = await bus.moment()
        assert (moment.now, moment.ahead, moment.is_wrong) == (clock(), 60.0, True)
        assert await cancelled(database) == 0
        clock.step(timedelta(seconds=55))
        await timers.fire()
        assert await cancelled(database) == 1
        assert (await bus.moment()).is_wrong is False
    said = [r.levelname for r in caplog.records if r.name == "commands.log_time"]
    assert said == ["ERROR", "WARNING"]
    # Times never decrease.
    times = [fact.recorded_at for fact in await facts(database)]
    assert times == sorted(times)
    assert set(times[5:]) == {NOW + timedelta(hours=25)}


async def cancelled(database: Database) -> int:
    return sum(type(event).__name__ == "OrderCancelled" for event in await events(database))


async def test_the_age_of_keys_goes_by_the_store_s_clock(
    after_a_wrong_clock: Database, clock: Clock
) -> None:
    database = after_a_wrong_clock
    async with running_bus(database, clock) as bus:
        ada = customer()
        first = await bus.handle(ada, idempotency_key="k")
        # The log's time is 25 hours more than that, and so is the key's.
        clock.step(timedelta(days=30))
        assert await bus.handle(ada, idempotency_key="k") == first

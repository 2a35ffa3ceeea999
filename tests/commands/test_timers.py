"""Timers that fail: tried again, each after a pause of its own, and in nobody's way."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from commands import retries
from commands.audit import audit
from commands.bus import Bus, running_bus
from commands.clock import to_milliseconds
from commands.command import Command
from commands.customers.register_customer import RegisterCustomer
from commands.orders.payment_window import PaymentWindow
from commands.process import Timer
from commands.products.register_product import RegisterProduct
from commands.store.database import Database
from commands.timers import AT_ONCE, Timers, running_timers
from tests.commands.conftest import Clock
from tests.commands.deciding import NOW
from tests.commands.recorded import accepted, execute, rows
from tests.commands.wanted import customer, order, product

DAY = timedelta(hours=24)


@dataclass(frozen=True)
class Window(PaymentWindow):
    """Makes no command of some timers."""

    length: timedelta = DAY
    broken: set[str] = field(default_factory=set)
    fault: BaseException = field(default_factory=lambda: ValueError("somebody@example.org"))
    asked: list[str] = field(default_factory=list)

    def command_for(self, timer: Timer) -> Command:
        self.asked.append(timer.key)
        if timer.key in self.broken:
            raise self.fault
        return super().command_for(timer)


class Odd(BaseException):
    """What no `except Exception` catches."""


FAULTS = (ValueError("somebody@example.org"), Odd(), asyncio.CancelledError(), SystemExit(3))


@pytest.fixture
def window(request: pytest.FixtureRequest) -> Window:
    return Window(fault=getattr(request, "param", FAULTS[0]))


@pytest.fixture
async def bus(database: Database, clock: Clock, window: Window) -> AsyncIterator[Bus]:
    async with running_bus(database, clock, processes=[window]) as bus:
        yield bus


@pytest.fixture
def timers(database: Database, bus: Bus, window: Window, clock: Clock) -> Timers:
    return Timers(database, bus, window, clock)


async def placed(bus: Bus, count: int) -> list[str]:
    """The ids of so many pending orders."""
    ada: RegisterCustomer = customer()
    pencil: RegisterProduct = product(initial_stock=1_000)
    accepted(await bus.handle(ada))
    accepted(await bus.handle(pencil))
    orders = [order(ada, (pencil, 1)) for _ in range(count)]
    for each in orders:
        accepted(await bus.handle(each))
    return [each.order_id for each in orders]


async def waiting(database: Database) -> set[str]:
    return {key for (key,) in await rows(database, "SELECT key FROM timers")}


async def refused_for_good(database: Database, count: int) -> list[str]:
    """The keys of timers of orders that there are not, due before any other."""
    keys = [f"ord_gone{number}" for number in range(count)]
    due = to_milliseconds(NOW) - 1
    values = ", ".join(f"('payment_window', '{key}', {due}, {due})" for key in keys)
    await execute(database, f"INSERT INTO timers (process, key, set_at, due_at) VALUES {values}")
    return keys


async def test_timers_that_are_refused_for_good_keep_none_from_firing(
    database: Database, bus: Bus, timers: Timers, clock: Clock
) -> None:
    gone = await refused_for_good(database, 2 * AT_ONCE + 50)
    (good,) = await placed(bus, 1)
    clock.step(DAY)
    # Two full looks at those that are refused come before the one that reaches the order.
    await until_nothing_is_left(timers)
    assert await waiting(database) == set(gone)
    assert good not in await waiting(database)
    assert timers.failing == len(gone)


async def until_nothing_is_left(timers: Timers) -> None:
    """Looks again at once as long as there may be more; on a busy machine some of those that failed
    are tried anew meanwhile."""
    async with asyncio.timeout(60):
        while await timers.fire() == 0.0:
            pass


@pytest.mark.parametrize("window", FAULTS, ids=lambda fault: type(fault).__name__, indirect=True)
async def test_timers_that_raise_whatever_it_is_keep_none_from_firing(
    database: Database,
    bus: Bus,
    window: Window,
    timers: Timers,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    gone = await refused_for_good(database, 2 * AT_ONCE + 50)
    window.broken.update(gone)
    await placed(bus, 1)
    clock.step(DAY)
    await until_nothing_is_left(timers)
    assert await waiting(database) == set(gone)
    assert timers.failing == len(gone)
    # A line for all that failed together.
    kind = type(window.fault).__name__
    said = [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]
    assert [(line.split(",")[0], kind in line) for line in said] == [
        (f"Timers failed that are tried again now and then: {count}", True)
        for count in (AT_ONCE, AT_ONCE, 50)
    ]


async def test_a_timer_that_raises_stops_none_of_the_others_and_is_logged_once_in_full(
    database: Database,
    bus: Bus,
    window: Window,
    timers: Timers,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bad, *_ = await placed(bus, 3)
    window.broken.add(bad)
    clock.step(DAY)
    await timers.fire()
    assert await waiting(database) == {bad}
    monkeypatch.setattr(retries, "monotonic", lambda: float("inf"))
    await timers.fire()
    monkeypatch.undo()
    (logged,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert logged.getMessage() == (
        "Timers failed that are tried again now and then: 1, the first of them"
        f" payment_window/{bad} (ValueError)"
    )
    assert logged.exc_info
    assert timers.failing == 1
    # It still waits for what it was set for.
    assert (await audit(database)).problems == []


async def test_a_timer_that_failed_rests_and_then_fires(
    database: Database,
    bus: Bus,
    window: Window,
    timers: Timers,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr(retries, "monotonic", lambda: now)
    (bad,) = await placed(bus, 1)
    window.broken.add(bad)
    clock.step(DAY)
    for pause in (1.0, 2.0, 4.0):
        asked = len(window.asked)
        await timers.fire()
        assert len(window.asked) == asked + 1
        now += pause - 0.1
        await timers.fire()
        assert len(window.asked) == asked + 1
        now += 0.1
    window.broken.clear()
    await timers.fire()
    assert await waiting(database) == set()
    assert timers.failing == 0


async def test_a_timer_that_failed_and_was_taken_back_is_forgotten(
    database: Database, timers: Timers, monkeypatch: pytest.MonkeyPatch
) -> None:
    (gone,) = await refused_for_good(database, 1)
    await timers.fire()
    assert timers.failing == 1
    await execute(database, f"DELETE FROM timers WHERE key = '{gone}'")
    monkeypatch.setattr(retries, "monotonic", lambda: float("inf"))
    await timers.fire()
    assert timers.failing == 0


async def test_a_running_server_goes_on_firing_beside_a_timer_that_raises(
    url: str, bus: Bus, window: Window, clock: Clock, database: Database
) -> None:
    bad, *_ = await placed(bus, 3)
    window.broken.add(bad)
    clock.step(DAY)
    async with running_timers(database, bus, window, clock), asyncio.timeout(30):
        while await waiting(database) != {bad}:  # noqa: ASYNC110 – nobody tells
            await asyncio.sleep(0.02)


def test_pauses_grow_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(retries, "monotonic", lambda: now)
    trying = retries.Retries()
    for _ in range(2_000):
        trying.failed("key")
    now = retries.LONGEST_PAUSE - 0.1
    assert (trying.resting(), trying.to_try()) == (["key"], [])
    now = retries.LONGEST_PAUSE
    assert (trying.resting(), trying.to_try()) == ([], ["key"])

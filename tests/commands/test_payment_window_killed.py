"""A server that dies at any step of placing an order, or of cancelling it, loses no timer and fires
none twice."""

import asyncio
import signal
from itertools import count

import pytest

from commands.audit import audit
from commands.bus import running_bus
from commands.events import OrderCancelled, OrderPlaced
from commands.outcome import OutcomeUnknown
from commands.store.database import Database
from commands.store.unavailable import Unavailable
from commands.timers import Timers
from tests.commands.conftest import Clock
from tests.commands.dying import WINDOW
from tests.commands.proxy import Loss, proxied
from tests.commands.recorded import accepted, events, rows
from tests.commands.wanted import customer, order, product
from tests.forked import run


def dies(work: str, url: str, step: int) -> bool:
    """Whether a server is killed at that step of its work; otherwise it had fewer."""
    ran = run("tests.commands.dying", work, url, str(step))
    assert ran.returncode in (0, -signal.SIGKILL), ran.stderr
    return ran.returncode != 0


async def state(database: Database) -> tuple[int, int, int]:
    """How many orders were placed, how many times one was cancelled, and how many timers wait."""
    log = await events(database)
    placed = [each for each in log if isinstance(each, OrderPlaced)]
    cancelled = [each for each in log if isinstance(each, OrderCancelled)]
    return len(placed), len(cancelled), len(await rows(database, "SELECT * FROM timers"))


async def test_an_order_has_its_timer_or_there_is_no_order(sqlite: str) -> None:
    database = Database(sqlite)
    outcomes = []
    for step in count(1):
        before = (await state(database))[0]
        died = dies("placing", sqlite, step)
        placed, _, timers = await state(database)
        assert timers == placed
        outcomes.append(placed - before)
        if not died:
            break
    # Up to the commit nothing is there, from then on all of it is.
    assert outcomes == [0] * (len(outcomes) - 2) + [1, 1]
    assert len(outcomes) > 8
    await database.close()


async def test_an_order_is_cancelled_once_however_often_the_server_dies(sqlite: str) -> None:
    database = Database(sqlite)
    assert not dies("placing", sqlite, 1_000)
    states = []
    for step in count(1):
        died = dies("firing", sqlite, step)
        states.append(await state(database))
        if not died:
            break
    *failed, at_last, again = states
    assert failed == [(1, 0, 1)] * len(failed)
    assert (at_last, again) == ((1, 1, 0), (1, 1, 0))
    assert len(failed) > 8
    assert (await audit(database)).problems == []
    await database.close()


@pytest.mark.parametrize(
    ("loss", "down", "after", "fired"),
    [
        ("request", False, (1, 0, 1), Unavailable),
        ("reply", False, (1, 1, 0), tuple),
        ("reply", True, (1, 1, 0), OutcomeUnknown),
    ],
)
async def test_a_commit_that_was_lost_while_firing_is_neither_forgotten_nor_done_twice(
    postgres: str,
    clock: Clock,
    loss: Loss,
    down: bool,
    after: tuple[int, int, int],
    fired: type[object],
) -> None:
    beside = Database(postgres)
    async with proxied(postgres) as proxy:
        database = Database(proxy.url)
        async with running_bus(database, clock, processes=[WINDOW]) as bus:
            ada, pencil = customer(), product(initial_stock=5)
            for each in (ada, pencil, order(ada, (pencil, 2))):
                accepted(await bus.handle(each))
            clock.step(WINDOW.length)
            (timer,) = await (timers := Timers(database, bus, WINDOW, clock))._due(clock())
            proxy.lose_next(loss)
            proxy.down = down
            (outcome,) = await asyncio.gather(timers._fire(timer), return_exceptions=True)
            assert isinstance(outcome, fired)
            assert await state(beside) == after
            proxy.down = False
            await timers.fire()
            assert await timers._fire(timer)
        assert await state(beside) == (1, 1, 0)
        await database.close()
    await beside.close()

"""What the program's log says of an outage of PostgreSQL: that it began, and that it is over."""

import asyncio
import logging
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from commands.bus import running_bus
from commands.feed import running_feed
from commands.orders.payment_window import PaymentWindow
from commands.recovery import notice_recovery
from commands.store.database import Database
from commands.store.unavailable import Unavailable
from commands.supervision import Supervisor
from commands.timers import running_timers
from tests.commands.proxy import proxied
from tests.commands.recorded import accepted, rows
from tests.commands.wanted import customer

END_ALL_CONNECTIONS = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


async def test_an_outage_is_two_lines_however_much_fails_in_it(
    postgres: str, caplog: pytest.LogCaptureFixture
) -> None:
    beside = Database(postgres)
    async with proxied(postgres) as proxy, asyncio.timeout(120):
        database = Database(proxy.url)
        async with AsyncExitStack() as stack:
            tasks = await stack.enter_async_context(Supervisor())
            feed = await stack.enter_async_context(running_feed(database, tasks))
            window = PaymentWindow(timedelta(hours=1))
            bus = await stack.enter_async_context(
                running_bus(database, None, feed.wake, [window], tasks)
            )
            await stack.enter_async_context(running_timers(database, bus, window, supervisor=tasks))
            tasks.start("recovery", lambda: notice_recovery(database, bus))
            accepted(await bus.handle(customer()))
            proxy.down = True
            await rows(beside, END_ALL_CONNECTIONS)
            for _ in range(200):
                with pytest.raises(Unavailable):
                    await bus.handle(customer())
                with pytest.raises(Unavailable):
                    await feed.head()
            assert database.outage.lasts
            proxy.down = False
            while database.outage.lasts:  # noqa: ASYNC110 – only the log tells
                await asyncio.sleep(0.05)
            accepted(await bus.handle(customer()))
        await database.close()
    await beside.close()
    began, ended = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    assert began.startswith("The write store is away, first for the ")
    assert ended.startswith("The write store is back after ")
    assert int(ended.rpartition(" ")[2].rstrip(".")) >= 400

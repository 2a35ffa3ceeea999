"""A server that dies: `python -m tests.commands.dying WORK URL STEP` places an order, or fires the
timers that are due a day later, and is killed before the writer's statement of that number, where
there are so many. A commit counts as a statement, and so does what comes right after it."""

import asyncio
import os
import signal
import sys
from datetime import timedelta
from typing import Any

from sqlalchemy import event

from commands.bus import running_bus
from commands.orders.payment_window import PaymentWindow
from commands.store.database import Database
from commands.timers import Timers
from tests.commands.deciding import NOW
from tests.commands.recorded import accepted
from tests.commands.wanted import customer, order, product

WINDOW = PaymentWindow(timedelta(hours=24))


class Death:
    """Comes at a step, once it is awaited."""

    def __init__(self, database: Database) -> None:
        self._left = 0
        for moment in ("before_cursor_execute", "commit"):
            event.listen(database.writer.sync_engine, moment, self.step)

    def comes_at(self, step: int) -> None:
        self._left = step

    def step(self, *_: Any) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


async def die(work: str, url: str, step: int) -> None:
    database = Database(url)
    death = Death(database)
    now = NOW if work == "placing" else NOW + WINDOW.length
    async with running_bus(database, lambda: now, death.step, [WINDOW]) as bus:
        if work == "placing":
            ada, pencil = customer(), product(initial_stock=5)
            accepted(await bus.handle(ada))
            accepted(await bus.handle(pencil))
            death.comes_at(step)
            accepted(await bus.handle(order(ada, (pencil, 2))))
        else:
            death.comes_at(step)
            await Timers(database, bus, WINDOW, lambda: now).fire()
    await database.close()


if __name__ == "__main__":
    asyncio.run(die(sys.argv[1], sys.argv[2], int(sys.argv[3])))

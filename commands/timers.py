"""Fires timers when they are due: what their process makes of each is handled as a command."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from commands.bus import Bus
from commands.clock import Clock, from_milliseconds, to_milliseconds, utc_now
from commands.outcome import CommandFault, Refused
from commands.process import Process, Timer
from commands.store.database import Database, Unavailable
from commands.store.statements import AnySelect
from commands.store.timers import DUE, NEXT_DUE, to_timer

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds after which the timers are looked at again, for what was set meanwhile, here or by other
processes."""

AT_ONCE = 100
"""Timers that are fired together, and so committed together."""


class Timers:
    """The timers of one process. Any number of servers may fire them: the first one's command takes
    them back as it is recorded, and the others' do nothing, since all have the same id."""

    def __init__(
        self, database: Database, bus: Bus, process: Process, clock: Clock = utc_now
    ) -> None:
        self._database, self._bus, self._process = database, bus, process
        self._clock = clock

    async def run(self) -> None:
        """Fires what becomes due, until cancelled."""
        while True:
            wait = LOOK_EVERY
            try:
                wait = await self.fire()
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                log.warning("The timers cannot be read, trying again: %s", error)
            await asyncio.sleep(wait)

    async def fire(self) -> float:
        """Fires what is due now, and answers after how many seconds to look again."""
        now = self._clock()
        due = await self._due(now)
        fired = await asyncio.gather(*(self._fire(timer) for timer in due))
        if len(fired) == AT_ONCE and all(fired):
            return 0.0
        ((next_due,),) = await self._rows(NEXT_DUE, now)
        if next_due is None:
            return LOOK_EVERY
        left = from_milliseconds(next_due) - self._clock()
        return min(LOOK_EVERY, max(0.0, left.total_seconds()))

    async def _fire(self, timer: Timer) -> bool:
        """Whether it came to something; otherwise it is tried again at the next look, unless it was
        taken back meanwhile."""
        try:
            answer = await self._bus.handle_together(
                [self._process.command_for(timer)], actor=self._process.name, cause=timer.cause
            )
        except (Unavailable, CommandFault) as error:
            log.warning("The timer %s could not be fired, trying again: %s", timer.cause, error)
            return False
        return not isinstance(answer, Refused)

    async def _due(self, now: datetime) -> list[Timer]:
        return [to_timer(row) for row in await self._rows(DUE, now)]

    async def _rows(self, statement: AnySelect, now: datetime) -> Any:
        parameters = {
            "process": self._process.name,
            "now": to_milliseconds(now),
            "limit": AT_ONCE,
        }
        async with self._database.reading() as connection:
            result = await self._database.statements.run(connection, statement, parameters)
            return result.fetchall()


@asynccontextmanager
async def running_timers(
    database: Database, bus: Bus, process: Process, clock: Clock = utc_now
) -> AsyncIterator[None]:
    """Timers are fired as long as the context lasts, those first that fell due before it."""
    firing = asyncio.create_task(Timers(database, bus, process, clock).run(), name="timers")
    try:
        yield
    finally:
        firing.cancel()
        with suppress(asyncio.CancelledError):
            await firing

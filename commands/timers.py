"""Fires timers when they are due: what their process makes of each is handled as a command."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from commands.bus import Bus
from commands.clock import Clock, from_milliseconds, to_milliseconds
from commands.outcome import OutcomeUnknown, Refused
from commands.process import Process, Timer
from commands.retries import Retries
from commands.store.database import Database
from commands.store.statements import AnySelect, json_array
from commands.store.timers import DUE, NEXT_DUE, to_timer
from commands.store.unavailable import Unavailable, is_outage
from commands.supervision import Supervisor, is_fault, supervised_by
from commands.work import Answer

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds after which the timers are looked at again, for what was set meanwhile, here or by other
processes."""

AT_ONCE = 100
"""Timers that are fired together, and so committed together."""

_FAILED = "Timers failed that are tried again now and then: %d, the first of them %s (%s)"
_REFUSED = "Timers are refused that are tried again now and then: %d, the first of them %s (%s)"

# These are no failures of the timers, which go on when the store does.
_OF_THE_STORE = (Unavailable, OutcomeUnknown)


class Timers:
    """The timers of one process. Any number of servers may fire them: the first one's command takes
    them back as it is recorded, and the others' do nothing, since all have the same id.

    One that fails is tried again, after pauses that grow, and left out meanwhile: however many fail
    for good, those behind them fire.

    What is due goes by the store's clock, unless a `clock` stands in for it. While the log's time
    is ahead of it, a clock was wrong, and nothing is fired.
    """

    def __init__(
        self, database: Database, bus: Bus, process: Process, clock: Clock | None = None
    ) -> None:
        self._database, self._bus, self._process = database, bus, process
        self._clock = clock
        self._retries = Retries()

    @property
    def failing(self) -> int:
        """How many are due and have failed."""
        return len(self._retries)

    async def run(self) -> None:
        """Fires what becomes due, until cancelled."""
        while True:
            wait = LOOK_EVERY
            try:
                wait = await self.fire()
            except Exception as error:
                if not is_outage(error):
                    raise
                self._database.outage.failed("timers", error)
            else:
                self._database.outage.succeeded("timers")
            await asyncio.sleep(wait)

    async def fire(self) -> float:
        """Fires what is due now, and answers after how many seconds to look again."""
        moment = await self._bus.moment()
        if moment.is_wrong:
            return LOOK_EVERY
        now = self._clock() if self._clock else moment.now
        to_try = self._retries.to_try()
        due = await self._due(now)
        outcomes = await asyncio.gather(*map(self._fire, due))
        self._note(due, outcomes)
        if any(isinstance(outcome, _OF_THE_STORE) for outcome in outcomes):
            return LOOK_EVERY
        if len(due) == AT_ONCE:
            return 0.0
        self._forget_gone(to_try, due)
        ((next_due,),) = await self._rows(NEXT_DUE, now)
        if next_due is None:
            return LOOK_EVERY
        left = from_milliseconds(next_due) - now
        return min(LOOK_EVERY, max(0.0, left.total_seconds()))

    async def _fire(self, timer: Timer) -> Answer | BaseException:
        """What its command was answered, or what failed."""
        try:
            command = self._process.command_for(timer)
            return await self._bus.handle_together(
                [command], actor=self._process.name, cause=timer.cause
            )
        except BaseException as error:
            if not is_fault(error):
                raise
            return error

    def _note(self, due: Sequence[Timer], outcomes: Sequence[Answer | BaseException]) -> None:
        """Let rest what failed. It is told of once, and in one line what failed alike."""
        raised: dict[str, list[tuple[Timer, BaseException]]] = defaultdict(list)
        refused: dict[str, list[Timer]] = defaultdict(list)
        for timer, outcome in zip(due, outcomes, strict=True):
            if isinstance(outcome, _OF_THE_STORE):
                continue
            if isinstance(outcome, BaseException):
                if self._retries.failed(timer.key) == 1:
                    raised[type(outcome).__name__].append((timer, outcome))
            elif isinstance(outcome, Refused):
                # At the first time it may have been taken back in the same moment.
                if self._retries.failed(timer.key) == 2:
                    refused[", ".join(each.code for each in outcome.refusals)].append(timer)
            else:
                self._retries.forget(timer.key)
        for kind, failed in raised.items():
            timer, error = failed[0]
            log.error(_FAILED, len(failed), timer.cause, kind, exc_info=error)
        for codes, timers in refused.items():
            log.warning(_REFUSED, len(timers), timers[0].cause, codes)

    def _forget_gone(self, to_try: Collection[str], due: Collection[Timer]) -> None:
        for key in set(to_try) - {timer.key for timer in due}:
            self._retries.forget(key)

    async def _due(self, now: datetime) -> list[Timer]:
        resting = json_array(self._retries.resting())
        return [to_timer(row) for row in await self._rows(DUE, now, resting=resting)]

    async def _rows(self, statement: AnySelect, now: datetime, **more: Any) -> Any:
        parameters = {
            "process": self._process.name,
            "now": to_milliseconds(now),
            "limit": AT_ONCE,
            **more,
        }
        async with self._database.reading() as connection:
            result = await self._database.statements.run(connection, statement, parameters)
            return result.fetchall()


@asynccontextmanager
async def running_timers(
    database: Database,
    bus: Bus,
    process: Process,
    clock: Clock | None = None,
    supervisor: Supervisor | None = None,
) -> AsyncIterator[Timers]:
    """Timers are fired as long as the context lasts, those first that fell due before it."""
    timers = Timers(database, bus, process, clock)
    async with supervised_by(supervisor) as tasks, tasks.running("timers", timers.run):
        yield timers

"""The log as projections read it: in order, from a position on, woken when there is more."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from commands.events import Event, Recorded
from commands.store.database import READ_WAIT, Database
from commands.store.log import READ, READ_HEAD, to_fact
from commands.store.unavailable import Unavailable, is_outage
from commands.supervision import Pace, Supervisor, supervised_by

POLL_EVERY = 0.02
"""Seconds between two looks at SQLite's log, for what another process wrote."""

FALLBACK_EVERY = 1.0
"""Seconds between two looks at PostgreSQL's log, beside its notifications."""

TAIL = 4_000
"""Facts kept decoded, so that several projections at the same place share one read."""


class Feed:
    """Reads the log. What the writer of this process commits wakes it through `wake`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tail: list[Recorded[Event]] = []
        self._reading = asyncio.Lock()
        self._reads = 0
        self._end = (0, 0)
        self._grown = asyncio.Event()
        self._seen = 0

    async def head(self) -> int:
        """The position of the last fact; 0 for an empty log. Raises Unavailable."""
        async with self._reaching() as connection:
            result = await self._database.statements.run(connection, READ_HEAD, {})
            position: int = result.scalar_one()
            return position

    async def read(self, after: int, limit: int) -> Sequence[Recorded[Event]]:
        """The facts that follow the position, at most `limit`. Raises Unavailable."""
        asked = self._reads
        async with self._reading:
            if known := self._from_tail(after, limit):
                return known
            # Projections come to the log's end together: who asked before a read began that found
            # it there need not look again.
            if self._end[0] == after and self._end[1] > asked:
                return []
            self._reads += 1
            known = await self._from_store(after, limit)
            self._extend_tail(known)
            if not known:
                self._end = (after, self._reads)
            return known

    async def changed(self, after: int, timeout: float) -> None:
        """Returns once the log may be longer than the position, or the time is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while self._seen <= after:
                    await self._grown.wait()

    def wake(self, position: int) -> None:
        """The log is known to reach the position."""
        if position > self._seen:
            self._seen = position
            grown, self._grown = self._grown, asyncio.Event()
            grown.set()

    async def follow(self) -> None:
        """Watches, until cancelled, for what other processes write."""
        while True:
            try:
                await self._follow()
            except Unavailable:
                await asyncio.sleep(FALLBACK_EVERY)
            except Exception as error:
                if not is_outage(error):
                    raise
                self._database.outage.failed("feed", error)
                await asyncio.sleep(FALLBACK_EVERY)

    async def _follow(self) -> None:
        if self._database.is_sqlite:
            await self._follow_sqlite()
        else:
            await self._follow_postgresql()

    async def _follow_sqlite(self) -> None:
        async with self._database.reading() as connection:
            seen = None
            while True:
                # Cheaper than a look at the log: it tells whether anybody has written at all.
                result = await connection.exec_driver_sql("PRAGMA data_version")
                self._database.outage.succeeded("feed")
                if (version := result.scalar_one()) != seen:
                    seen = version
                    self.wake(await self.head())
                await asyncio.sleep(POLL_EVERY)

    async def _follow_postgresql(self) -> None:
        notified = asyncio.Event()
        async with self._database.patient.connect() as connection:
            raw = await connection.get_raw_connection()
            driver: Any = raw.driver_connection
            async with asyncio.timeout(READ_WAIT):
                await driver.add_listener("diptych_log", lambda *_: notified.set())
            while not driver.is_closed():
                self.wake(await self.head())
                self._database.outage.succeeded("feed")
                with suppress(TimeoutError):
                    async with asyncio.timeout(FALLBACK_EVERY):
                        await notified.wait()
                notified.clear()

    async def _from_store(self, after: int, limit: int) -> list[Recorded[Event]]:
        async with self._reaching() as connection:
            result = await self._database.statements.run(
                connection, READ, {"after": after, "upto": after + limit}
            )
            rows = result.fetchall()
        facts, pace = [], Pace()
        for row in rows:
            await pace.keep()
            facts.append(to_fact(row))
        return facts

    @asynccontextmanager
    async def _reaching(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._database.reading() as connection:
                yield connection
        except Exception as error:
            if not is_outage(error):
                raise
            self._database.outage.failed("readers of the log", error)
            raise Unavailable("The log cannot be read.") from error
        self._database.outage.succeeded("readers of the log")

    def _from_tail(self, after: int, limit: int) -> list[Recorded[Event]]:
        if not self._tail or after < self._tail[0].position - 1:
            return []
        start = after + 1 - self._tail[0].position
        return self._tail[start : start + limit]

    def _extend_tail(self, facts: Sequence[Recorded[Event]]) -> None:
        if not facts or (self._tail and facts[0].position <= self._tail[-1].position):
            return
        if self._tail and facts[0].position != self._tail[-1].position + 1:
            self._tail.clear()
        self._tail.extend(facts)
        del self._tail[:-TAIL]


@asynccontextmanager
async def running_feed(
    database: Database, supervisor: Supervisor | None = None
) -> AsyncIterator[Feed]:
    """A feed that notices other processes' facts as long as the context lasts."""
    feed = Feed(database)
    async with supervised_by(supervisor) as tasks, tasks.running("feed", feed.follow):
        yield feed

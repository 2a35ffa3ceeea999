"""Decides works that arrived together and records them in one transaction."""

import asyncio
from collections.abc import Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from commands.batch import KEYS_KEPT, Batch
from commands.clock import Clock, from_milliseconds, to_milliseconds
from commands.log_time import LogTime
from commands.process import Process
from commands.store.cache import AggregateCache
from commands.store.database import Database
from commands.store.loading import Loading
from commands.store.saving import Saving
from commands.store.writer import Head, Writer
from commands.work import Work

FORGET_EVERY = 3600.0
"""Seconds between two sweeps of idempotency keys that no longer answer."""

FORGET_AT_ONCE = 1_000
"""Idempotency keys that are deleted at once, between two batches and without the head's lock."""

FORGET_WAIT = 1.0
"""Seconds that this may take."""


class Expired(Exception):
    """A work met its deadline before its COMMIT was sent: nothing was recorded of the batch."""


class _InDoubt(Exception):
    """The COMMIT of a batch was sent, and failed or was not replied to."""

    def __init__(self, batch: Batch, cause: Exception) -> None:
        super().__init__()
        self.batch, self.cause = batch, cause


class Recorder:
    """Uses the one connection that writes: one caller at a time."""

    def __init__(
        self, database: Database, clock: Clock | None, processes: Sequence[Process]
    ) -> None:
        self._database, self._processes = database, processes
        self._writer = Writer(database)
        self._cache = AggregateCache()
        self.log_time = LogTime(database, clock)
        self._forget_next = float("-inf")

    async def record(self, works: Sequence[Work]) -> Batch:
        """Answers the works that the batch came to, and answers the batch.

        Whatever it raises, nothing was recorded for a work that has no answer then.
        """
        try:
            async with self._writer.transaction(_last_deadline(works)) as (connection, head):
                batch = await self._decide(connection, head, works)
                if batch.recorded:
                    await batch.save(Saving(connection, self._database.statements), self._processes)
                    await self._commit(connection, batch)
                self._accept(batch)
        except _InDoubt as doubt:
            await self._resolve(doubt.batch, doubt.cause)
            return doubt.batch
        return batch

    async def forget_outcomes(self) -> None:
        """Deletes some idempotency records that no longer answer, where it is time to."""
        clock = asyncio.get_running_loop().time()
        if clock < self._forget_next:
            return
        self._forget_next = clock + FORGET_EVERY
        async with self._writer.unlocked(clock + FORGET_WAIT) as (connection, head):
            moment = self.log_time.compare(head.recorded_at, head.store_time)
            before = to_milliseconds(moment.now) - KEYS_KEPT
            saving = Saving(connection, self._database.statements)
            forgotten = await saving.forget_outcomes(before, FORGET_AT_ONCE)
            await connection.commit()
        if forgotten == FORGET_AT_ONCE:
            self._forget_next = clock

    async def close(self) -> None:
        await self._writer.close()

    async def _decide(
        self, connection: AsyncConnection, head: Head, works: Sequence[Work]
    ) -> Batch:
        moment = self.log_time.compare(head.recorded_at, head.store_time)
        head_at = from_milliseconds(head.recorded_at)
        batch = Batch(
            head=head.position,
            head_at=head_at,
            now=max(moment.now, head_at),
            keys_since=to_milliseconds(moment.now) - KEYS_KEPT,
            loading=Loading(connection, self._database.statements, self._cache),
        )
        await batch.decide(works)
        return batch

    async def _commit(self, connection: AsyncConnection, batch: Batch) -> None:
        if any(work.is_answered for work in batch.recorded):
            raise Expired
        for work in batch.recorded:
            work.is_committing = True
        try:
            await connection.commit()
        except Exception as error:
            raise _InDoubt(batch, error) from error

    def _accept(self, batch: Batch) -> None:
        self._cache.keep(batch.changed)
        batch.answer()

    async def _resolve(self, batch: Batch, cause: Exception) -> None:
        """Accepts the batch where the log holds it; where it does not, raises `cause`."""
        if all(work.is_answered for work in batch.recorded):
            raise cause
        try:
            is_recorded = await self._is_recorded(batch)
        except Exception:
            for work in batch.recorded:
                work.give_up("")
            raise
        if not is_recorded:
            for work in batch.recorded:
                work.is_committing = False
            raise cause
        self._accept(batch)

    async def _is_recorded(self, batch: Batch) -> bool:
        if not batch.facts:
            return False
        command_id = batch.facts[-1][0].command_id
        # Behind the head's lock a commit that was under way has ended, or never will be.
        async with self._writer.transaction(_last_deadline(batch.recorded)) as (connection, _):
            loading = Loading(connection, self._database.statements, self._cache)
            return command_id in await loading.recorded([command_id])


def _last_deadline(works: Iterable[Work]) -> float:
    return max(work.deadline for work in works)

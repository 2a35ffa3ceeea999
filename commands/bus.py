"""Takes commands, decides and records those that arrive together in one transaction, and answers.

One task writes. While a transaction is under way the next commands gather, so that the more there
are the fewer commits each costs, and none ever conflicts with another.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import uuid4

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from commands import checks
from commands.batch import KEYS_KEPT, Batch
from commands.clock import Clock, cut, from_milliseconds, to_milliseconds, utc_now
from commands.command import Command
from commands.outcome import Accepted, CommandFault, Outcome, Refused
from commands.process import Process
from commands.refusal import Refusal
from commands.store.cache import AggregateCache
from commands.store.database import Database, Head, Unavailable, Writer, is_outage
from commands.store.loading import Loading
from commands.store.saving import Saving
from commands.work import Answer, Work
from supervision import Supervisor, supervised_by

__all__ = ["Accepted", "Bus", "CommandFault", "Outcome", "Refused", "Unavailable", "running_bus"]

log = logging.getLogger(__name__)

LARGEST_BATCH = 100
FORGET_EVERY = 3600.0
"""Seconds between two sweeps of idempotency keys that no longer answer."""


class Bus:
    """`on_commit` is called after each commit with the log's last position: it wakes readers. The
    timers of `processes` are set and taken back with the facts."""

    def __init__(
        self,
        database: Database,
        clock: Clock = utc_now,
        on_commit: Callable[[int], None] = lambda _: None,
        processes: Sequence[Process] = (),
    ) -> None:
        self._database, self._clock, self._on_commit = database, clock, on_commit
        self._processes = processes
        self._writer = Writer(database)
        self._cache = AggregateCache()
        self._waiting: asyncio.Queue[Work | None] = asyncio.Queue()
        self._closing = False
        self._forgot_at = float("-inf")

    async def handle(
        self,
        command: Command,
        *,
        actor: str = "anonymous",
        idempotency_key: str | None = None,
    ) -> Outcome:
        """Decides a command and records its facts; answers once they are safe.

        Raises CommandFault where deciding failed, and nothing was recorded; Unavailable where the
        store did, which says whether anything was.
        """
        wrong_key = tuple(checks.text(idempotency_key, "idempotency_key"))
        refusals = (*command.check(), *wrong_key)
        if refusals and (wrong_key or idempotency_key is None):
            return Refused(refusals)
        answer = await self._answer(
            Work(
                [command],
                [str(uuid4())],
                actor,
                idempotency_key=idempotency_key,
                refusals=refusals,
            )
        )
        return answer if isinstance(answer, Refused) else answer[0]

    async def handle_together(
        self,
        commands: Sequence[Command],
        *,
        actor: str,
        cause: str,
        occurred_at: datetime | None = None,
    ) -> Answer:
        """Several commands in one transaction, each decided on what the ones before it left: all
        are recorded, or none. `cause` names what they follow from; for a cause whose commands the
        log already holds, nothing is done, and their first outcome is answered."""
        if not commands:
            return ()
        refusals: list[Refusal] = [wrong for command in commands for wrong in command.check()]
        if refusals:
            return Refused(tuple(refusals))
        return await self._answer(
            Work(
                commands,
                [f"{cause}/{number}" for number, _ in enumerate(commands)],
                actor,
                causation=cause,
                occurred_at=occurred_at and cut(occurred_at),
            )
        )

    async def run(self) -> None:
        """Writes until it is told to stop, and what was asked of it by then."""
        while not (self._closing and self._waiting.empty()):
            if works := await self._gathered():
                await self._answered(works)
        await self._writer.close()

    def stop(self) -> None:
        """Lets `run` finish what is under way, and end."""
        self._closing = True
        self._waiting.put_nowait(None)

    async def _gathered(self) -> list[Work]:
        """What waits to be written, at least one work unless the bus is stopping."""
        works = [await self._waiting.get()]
        while len(works) < LARGEST_BATCH and not self._waiting.empty():
            works.append(self._waiting.get_nowait())
        return [work for work in works if work is not None]

    async def _answered(self, works: Sequence[Work]) -> None:
        try:
            await self._write(works)
        except Unavailable as error:
            _fail(works, error)
        except Exception as error:
            if is_outage(error):
                log.warning("The write store failed: %s", error)
                _fail(works, Unavailable("The write store is not available; nothing was recorded."))
            elif len(works) > 1:
                # One of them cannot be recorded: that one is to fail, and not its neighbours.
                for work in works:
                    await self._answered([work])
            else:
                _fail(works, _fault("What was decided could not be recorded.", error))

    async def _answer(self, work: Work) -> Answer:
        if self._closing:
            raise Unavailable("The server is stopping; nothing was recorded.")
        self._waiting.put_nowait(work)
        # A caller who goes away does not take back what it asked for.
        return await asyncio.shield(work.answer)

    async def _write(self, works: Sequence[Work]) -> None:
        async with self._writer.transaction() as (connection, head):
            batch = await self._decide(connection, head, works)
            if batch.facts:
                await batch.save(Saving(connection, self._database.statements), self._processes)
                await self._forget_outcomes(connection, batch.now)
                await self._commit(connection, batch)
        for work, answer in batch.answers.items():
            _settle(work, answer)

    async def _decide(
        self, connection: AsyncConnection, head: Head, works: Sequence[Work]
    ) -> Batch:
        position, recorded_at = head
        batch = Batch(
            head=position,
            now=max(self._clock(), from_milliseconds(recorded_at)),
            loading=Loading(connection, self._database.statements, self._cache),
        )
        await batch.decide(works)
        return batch

    async def _commit(self, connection: AsyncConnection, batch: Batch) -> None:
        try:
            await connection.commit()
        except (DBAPIError, OSError):
            # The reply to COMMIT was lost: whether it happened is for the log to say.
            await self._writer.close()
            if not await self._is_recorded(batch):
                raise
        self._cache.keep(batch.changed)
        self._on_commit(batch.head)

    async def _is_recorded(self, batch: Batch) -> bool:
        command_id = batch.facts[-1][0].command_id
        try:
            # Behind the head's lock a commit that is still under way has ended.
            async with self._writer.transaction() as (connection, _):
                loading = Loading(connection, self._database.statements, self._cache)
                return command_id in await loading.recorded([command_id])
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            raise Unavailable(
                "The write store went away while it recorded, so that it is not known whether it"
                " did: ask again with the same idempotency key."
            ) from error

    async def _forget_outcomes(self, connection: AsyncConnection, now: datetime) -> None:
        clock = asyncio.get_running_loop().time()
        if clock - self._forgot_at > FORGET_EVERY:
            self._forgot_at = clock
            saving = Saving(connection, self._database.statements)
            await saving.forget_outcomes(to_milliseconds(now) - KEYS_KEPT)


def _settle(work: Work, answer: Answer | CommandFault) -> None:
    if work.answer.done():
        return
    if isinstance(answer, CommandFault):
        work.answer.set_exception(answer)
    else:
        work.answer.set_result(answer)


def _fault(message: str, cause: Exception) -> CommandFault:
    fault = CommandFault(message)
    fault.__cause__ = cause
    return fault


def _fail(works: Sequence[Work], error: Exception) -> None:
    for work in works:
        if not work.answer.done():
            work.answer.set_exception(error)


@asynccontextmanager
async def running_bus(
    database: Database,
    clock: Clock = utc_now,
    on_commit: Callable[[int], None] = lambda _: None,
    processes: Sequence[Process] = (),
    supervisor: Supervisor | None = None,
) -> AsyncIterator[Bus]:
    """A bus whose writer runs as long as the context lasts; what was asked of it before its end is
    still answered."""
    bus = Bus(database, clock, on_commit, processes)
    async with supervised_by(supervisor) as tasks:
        # What it had taken to write when it died cannot be taken again.
        writer = tasks.start("writer", bus.run, again=False)
        try:
            yield bus
        finally:
            bus.stop()
            await asyncio.wait({writer})

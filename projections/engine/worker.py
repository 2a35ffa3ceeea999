"""One view's worker: it reads the log, folds, and writes documents and checkpoint together."""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, Generic

from commands.events import Event, Recorded
from commands.supervision import Away, Supervisor
from projections.fanning import HURRIED_CHUNK, begun_by, chunk_size, next_chunk
from projections.feed import Feed, WrongLog, require_dense
from projections.lease import LeaseWatch, new_owner
from projections.projection import Projection
from projections.rebuild import rebuild
from projections.rules import RuleFailed
from projections.same_log import mark_in, mark_of
from projections.summary_set import working_set
from readmodels.store import (
    LAYOUT,
    Changes,
    Checkpoint,
    LeaseLost,
    ReadModelError,
    RebuildSuperseded,
    Store,
    StoredDocuments,
    Unreachable,
    Unreadable,
)
from readmodels.view import D

logger = logging.getLogger(__name__)

BATCH: Final = 1_000
BATCH_BYTES: Final = 16 * 2**20
"""Of documents in one transaction: a small server's cache has to hold them."""
MOST_FAN_OUTS: Final = 500
"""On their way at once; later facts wait while there are more."""
CACHED_DOCUMENTS: Final = 5_000
HEARTBEAT_SECONDS: Final = 1.0
FIRST_PAUSE_SECONDS: Final = 0.05
LONGEST_REBUILD_PAUSE_SECONDS: Final = 60.0
"""Between two attempts at a rebuild that fails, or that does not help."""
LAST_WRITE_SECONDS: Final = 2.0
"""For what is being written when the worker is stopped."""
RELEASE_SECONDS: Final = 0.5
"""For giving the view up, which would else be free once its lease has run out."""


class _TooMuch(Exception):
    """A batch became too large for one transaction; `fitting` facts would not have."""

    def __init__(self, fitting: int) -> None:
        self.fitting = fitting


class Worker(Generic[D]):
    """Keeps one view level with the log for as long as it runs and holds the view's lease.

    Whatever fails, it forgets what it holds and begins again from the checkpoint in the database,
    which tells what was written. Batches shrink meanwhile: what cannot be written at once is then
    written in parts, and a fact that cannot be folded holds back nothing before it. Where a stored
    document cannot be read, which would keep all others from going on, the view is rebuilt.
    """

    def __init__(
        self,
        store: Store,
        feed: Feed,
        projection: Projection[D],
        supervisor: Supervisor | None = None,
    ) -> None:
        self._store = store
        self._supervisor = supervisor
        self._feed = feed
        self._projection = projection
        self._writer = store.writer(projection.view.document)
        self._owner = new_owner()
        self._lease = LeaseWatch()
        self._documents = working_set(projection, CACHED_DOCUMENTS)
        self._checkpoint = Checkpoint.initial(projection.name)
        self._chunk = HURRIED_CHUNK
        self._limit = BATCH
        self._ceiling = BATCH
        self._pause = 0.0
        self._rebuild_pause = 0.0
        self._is_damaged = False
        self._damage_pause = 0.0
        self._head = 0
        self._reported_at = 0.0
        self._logged: str | None = None

    async def run(self) -> None:
        """Work until cancelled; the view is then free for another worker."""
        try:
            while True:
                await self._work_and_recover()
        finally:
            await self._release()

    async def _work_and_recover(self) -> None:
        name = self._projection.name
        try:
            await self._acquire()
            self._store.outage.succeeded(f"view {name}")
            while True:
                await self._step()
        except (LeaseLost, RebuildSuperseded) as lost:
            logger.info("%s Its worker begins again from there.", lost)
            await asyncio.sleep(self._rebuild_pause)
        except _TooMuch as batch:
            self._limit = self._ceiling = batch.fitting
        except RuleFailed as failed:
            await self._stop_before(failed)
        except Unreadable as damage:
            await self._await_rebuild(damage)
        except WrongLog as wrong:
            await self._refuse(wrong)
        except Unreachable as lost:
            self._store.outage.failed(f"view {name}", lost)
            await self._rest()
        except Away:
            # Who reads the log has told of it.
            await self._held_up("The log cannot be read.")
        except Exception as error:
            self._log(f"{self._where_it_stands}: {error!r}", error)
            await self._held_up(f"{self._where_it_stands} ({type(error).__name__}).")

    async def _acquire(self) -> None:
        """Wait until the view can be ours, and make it ours."""
        checkpoint = await self._writer.prepare(self._projection.revision)
        while not self._lease.is_free(checkpoint, self._owner):
            await self._newer_than(checkpoint)
            checkpoint = await self._writer.checkpoint()
        if checkpoint.layout != LAYOUT:
            document = self._projection.view.document
            checkpoint = await self._store.convert(document, self._owner)
        if checkpoint.revision != self._projection.revision or self._is_damaged:
            await self._rebuild(checkpoint)
            self._is_damaged = False
            checkpoint = await self._writer.checkpoint()
        self._documents = working_set(self._projection, CACHED_DOCUMENTS)
        self._checkpoint = checkpoint
        documents = checkpoint.documents
        if documents is None:
            documents = await self._writer.count(checkpoint.collection)
        await self._write(replace(checkpoint, owner=self._owner, documents=documents))
        await self._follow_on()

    async def _rebuild(self, old: Checkpoint) -> None:
        """From nothing. If that fails the old documents stay, and the next attempt waits longer
        than the one before, and at least as long as it took."""
        self._checkpoint = old
        began = time.monotonic()
        try:
            await rebuild(self._store, self._feed, self._projection, supervisor=self._supervisor)
        except (RebuildSuperseded, Away):
            raise
        except Exception:
            pause = max(HEARTBEAT_SECONDS, self._rebuild_pause * 2)
            took = time.monotonic() - began
            self._rebuild_pause = max(took, min(pause, LONGEST_REBUILD_PAUSE_SECONDS))
            raise
        self._rebuild_pause = 0.0

    async def _follow_on(self) -> None:
        """Make sure that the log is the one that the view shows. Raises WrongLog."""
        held = self._checkpoint
        mark = await mark_in(self._feed, held)
        if held.of_another_log:
            await self._write(replace(held, fact=mark, of_another_log=False, failure=None))
        elif held.fact != mark:
            await self._write(replace(held, fact=mark))

    async def _newer_than(self, checkpoint: Checkpoint) -> None:
        with suppress(TimeoutError):
            await self._store.known.until(
                checkpoint.view, lambda now: now.version > checkpoint.version, HEARTBEAT_SECONDS
            )

    async def _step(self) -> None:
        room = len(self._checkpoint.fan_outs) < MOST_FAN_OUTS
        facts = await self._feed.read(self._checkpoint.position, self._limit if room else 1)
        if time.monotonic() - self._reported_at >= HEARTBEAT_SECONDS:
            await self._report(facts[0] if facts else None)
        if facts and room:
            await self._take_in(facts)
        if self._checkpoint.fan_outs:
            self._chunk = chunk_size(self._chunk, facts_came=bool(facts and room))
            await self._fan_out()
        elif not facts:
            await self._feed.changed(self._checkpoint.position, HEARTBEAT_SECONDS)

    async def _take_in(self, facts: Sequence[Recorded[Event]]) -> None:
        last = facts[-1]
        require_dense(self._checkpoint.position, facts)
        stored = StoredDocuments(self._writer, self._checkpoint.collection)
        await self._documents.take_in(facts, stored)
        changes = await self._documents.changes()
        if changes.size > BATCH_BYTES and len(facts) > 1:
            raise _TooMuch(fitting=max(1, len(facts) * BATCH_BYTES // changes.size // 2))
        self._head = max(self._head, last.position)
        now = replace(
            self._checkpoint,
            position=last.position,
            fact=mark_of(last),
            fan_outs=(*self._checkpoint.fan_outs, *begun_by(self._projection, facts)),
            head=self._head,
            behind_since=last.recorded_at if last.position < self._head else None,
            failure=self._checkpoint.failure if self._checkpoint.fan_outs else None,
            reported_at=datetime.now(UTC),
        )
        await self._write(now, changes)
        self._documents.written()
        self._ceiling = min(BATCH, self._ceiling + self._ceiling // 10 + 1)
        self._limit = min(self._ceiling, self._limit * 2)
        self._pause = 0.0

    async def _fan_out(self) -> None:
        """One chunk, so that later facts do not have to wait for the last."""
        chunk = await next_chunk(
            self._projection,
            self._feed,
            self._writer,
            self._checkpoint.collection,
            self._checkpoint.fan_outs,
            self._chunk,
        )
        now = replace(
            self._checkpoint, fan_outs=chunk.left, failure=None, reported_at=datetime.now(UTC)
        )
        await self._write(now, Changes(changed=chunk.changed))
        self._documents.replace(chunk.documents)

    async def _report(self, first_unshown: Recorded[Event] | None) -> None:
        """Say that the worker lives, and how far the log has gone meanwhile."""
        self._head = await self._feed.head()
        if self._head < self._checkpoint.position:
            raise WrongLog.ends_early(self._projection.name, self._head, self._checkpoint.position)
        fan_outs = self._checkpoint.fan_outs
        await self._write(
            replace(
                self._checkpoint,
                head=self._head,
                behind_since=first_unshown.recorded_at if first_unshown else None,
                failure=self._checkpoint.failure if first_unshown or fan_outs else None,
                reported_at=datetime.now(UTC),
            )
        )
        self._reported_at = time.monotonic()

    async def _stop_before(self, failed: RuleFailed) -> None:
        """Show the facts before the one that cannot be folded; then try that one now and then."""
        before = failed.position - self._checkpoint.position - 1
        if before > 0 and not self._rebuild_pause:
            self._limit = before
            return
        self._log(str(failed), failed.__cause__)
        self._pause = HEARTBEAT_SECONDS
        await self._held_up(failed.public)

    async def _await_rebuild(self, damage: Unreadable) -> None:
        """Begin again with a rebuild: the first time at once, then after longer each time, since it
        may be the rules that make what cannot be read."""
        self._log(f"{damage} The view is rebuilt.", damage)
        self._is_damaged = True
        self._rebuild_pause = max(self._rebuild_pause, self._damage_pause)
        longer = max(HEARTBEAT_SECONDS, self._damage_pause * 2)
        self._damage_pause = min(longer, LONGEST_REBUILD_PAUSE_SECONDS)
        await self._held_up(f"{self._where_it_stands} (Unreadable), and will be rebuilt.")

    async def _refuse(self, wrong: WrongLog) -> None:
        """Fold nothing of this log, and tell all who wait for a position of it."""
        self._log(str(wrong))
        self._checkpoint = replace(self._checkpoint, of_another_log=True)
        await self._held_up(str(wrong))

    @property
    def _where_it_stands(self) -> str:
        position = self._checkpoint.position
        return f"The view {self._projection.name} is held up after position {position}"

    def _log(self, failure: str, cause: BaseException | None = None) -> None:
        """A failure that lasts is logged once."""
        if failure != self._logged:
            logger.error("%s", failure, exc_info=cause)
            self._logged = failure

    async def _held_up(self, failure: str) -> None:
        """Say each second, in words that everybody may read, what the view waits for."""
        until = time.monotonic() + self._rebuild_pause
        while True:
            with suppress(ReadModelError):
                now = replace(self._checkpoint, failure=failure, reported_at=datetime.now(UTC))
                await self._write(replace(now, owner=self._owner))
            if time.monotonic() + HEARTBEAT_SECONDS >= until:
                break
            await asyncio.sleep(HEARTBEAT_SECONDS)
        await self._rest()

    async def _rest(self) -> None:
        self._limit = max(1, self._limit // 2)
        self._pause = min(HEARTBEAT_SECONDS, self._pause * 2 or FIRST_PAUSE_SECONDS)
        await asyncio.sleep(self._pause)

    async def _release(self) -> None:
        if self._store.outage.lasts:
            return
        with suppress(ReadModelError, TimeoutError):
            async with asyncio.timeout(RELEASE_SECONDS):
                checkpoint = await self._writer.checkpoint()
                if checkpoint.owner == self._owner:
                    await self._writer.write(checkpoint, replace(checkpoint, owner=None))

    async def _write(self, now: Checkpoint, changes: Changes | None = None) -> None:
        """A transaction that is under way is brought to its end before the task is cancelled, if
        the store answers."""
        writing = asyncio.create_task(self._writer.write(self._checkpoint, now, changes))
        try:
            self._checkpoint = await asyncio.shield(writing)
            if self._checkpoint.failure is None:
                self._logged = None
        except asyncio.CancelledError:
            # What became of it is for the checkpoint in the database to say.
            await asyncio.wait({writing}, timeout=LAST_WRITE_SECONDS)
            writing.cancel()
            writing.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
            raise

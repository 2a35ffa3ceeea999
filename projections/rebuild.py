"""A view folded anew from the whole log, beside the one that is read, and put in its place."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import Any, Final, Generic

from commands.supervision import Away, Supervisor, supervised_by
from projections import fanning
from projections.feed import Feed, WrongLog, require_dense
from projections.lease import new_owner
from projections.projection import Projection
from projections.same_log import mark_of
from projections.summary_set import working_set
from readmodels.store import (
    Changes,
    Checkpoint,
    FanOut,
    LeaseLost,
    NewCollection,
    ReadModelError,
    Store,
    ViewWriter,
)
from readmodels.view import D

Progress = Callable[[int, int], None]
"""Is told the position that was folded and the one to reach."""

BATCH: Final = 1_000
DOCUMENTS_IN_MEMORY: Final = 10_000
DOCUMENTS_AT_ONCE: Final = 4_000
"""Written together, while the next facts are folded."""
MOST_FAN_OUTS: Final = 1_000
REPORT_SECONDS: Final = 1.0
CLOSE: Final = 2_000
"""Facts that may be left when the view's own worker is made to stand by."""
FIRST_PAUSE_SECONDS: Final = 0.05
SWITCH_SECONDS: Final = 60.0
"""For which the view's worker may come between, again and again."""


async def rebuild(
    store: Store,
    feed: Feed,
    projection: Projection[D],
    progress: Progress | None = None,
    supervisor: Supervisor | None = None,
) -> Checkpoint:
    """Rebuild a view, beside its running worker or without one, and give back its checkpoint.

    The worker goes on until the new collection has nearly caught up; then it stands by for the
    last facts and the switch, and comes back to the new collection. Raises RuleFailed,
    WrongLog where the log has a gap, RebuildSuperseded where another rebuild of the view began
    later, and LeaseLost where a worker does not stand by; nothing changes then.
    """
    writer = store.writer(projection.view.document)
    await writer.prepare(projection.revision)
    new = await store.new_collection(projection.view.document)
    filling = _Filling(projection, feed, writer, new, progress)
    reporting = partial(_report, feed, new, filling)
    async with (
        supervised_by(supervisor) as tasks,
        tasks.running(f"rebuild {projection.name}", reporting),
    ):
        try:
            await filling.until_close()
            await new.index()
            await filling.until_close()
            return await _switch(writer, new, filling, projection.revision)
        except BaseException:
            await filling.abandon()
            await new.discard()
            raise


async def _report(feed: Feed, new: NewCollection[D], filling: "_Filling[D]") -> None:
    """Nothing hangs on it: what cannot be said now is said the next second. What fails or ends
    within the first is never told to be under way."""
    while True:
        await asyncio.sleep(REPORT_SECONDS)
        with suppress(ReadModelError, Away):
            await new.report(filling.position, await feed.head())


async def _switch(
    writer: ViewWriter[D], new: NewCollection[D], filling: "_Filling[D]", revision: int
) -> Checkpoint:
    owner = new_owner()
    deadline = monotonic() + SWITCH_SECONDS
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            held = await writer.take(owner)
            # Not to the position that is held, which may be of another, longer log.
            await filling.to_head()
            return await new.switch(held, filling.position, filling.fact, revision)
        except LeaseLost:
            # The view's worker wrote in between: take the lease from what it wrote.
            if monotonic() > deadline:
                raise
        await asyncio.sleep(pause)
        pause = min(REPORT_SECONDS, pause * 2)


class _Filling(Generic[D]):
    """Folds the log in memory, and writes each document once for every so many of them; what it
    reads again has been written by then."""

    def __init__(
        self,
        projection: Projection[D],
        feed: Feed,
        writer: ViewWriter[D],
        new: NewCollection[D],
        progress: Progress | None,
    ) -> None:
        self._projection = projection
        self._feed = feed
        self._writer = writer
        self._new = new
        self._fan_outs: tuple[FanOut, ...] = ()
        self._progress = progress
        self._documents = working_set(projection, DOCUMENTS_IN_MEMORY)
        self._writing: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._writing.set_result(None)
        self.position, self.fact = 0, ""

    async def until_close(self) -> None:
        """Catch up with a log that may be growing."""
        left = CLOSE
        while left >= CLOSE:
            await self.to_head()
            left = await self._feed.head() - self.position

    async def to_head(self) -> None:
        """Bring the new collection to at least the log's end as it is now."""
        target = await self._feed.head()
        while self.position < target:
            facts = await self._feed.read(self.position, BATCH)
            if not facts:
                raise WrongLog(f"The log has nothing after {self.position}, and ends at {target}.")
            require_dense(self.position, facts)
            await self._documents.take_in(facts, self)
            self.position, self.fact = facts[-1].position, mark_of(facts[-1])
            self._fan_outs += fanning.begun_by(self._projection, facts)
            if len(self._fan_outs) >= MOST_FAN_OUTS:
                await self._fan_out()
            if self._documents.changed_count >= DOCUMENTS_AT_ONCE:
                await self._flush()
            if self._progress:
                self._progress(self.position, target)
        await self._fan_out()
        await self._flush()
        await self._writing

    async def load(self, ids: Iterable[str]) -> Mapping[str, D]:
        await self._writing
        return await self._new.stored.load(ids)

    async def load_parts(self, ids: Iterable[str]) -> Mapping[str, Any]:
        await self._writing
        return await self._new.stored.load_parts(ids)

    async def ranks(self, summary: str, without: Iterable[str]) -> tuple[int | None, int | None]:
        await self._writing
        return await self._new.stored.ranks(summary, without)

    async def _fan_out(self) -> None:
        if not self._fan_outs:
            return
        await self._flush()
        await self._writing
        await self._new.index()
        while self._fan_outs:
            chunk = await fanning.next_chunk(
                self._projection,
                self._feed,
                self._writer,
                self._new.name,
                self._fan_outs,
                fanning.CHUNK,
            )
            await self._new.fill(Changes(changed=chunk.changed))
            self._documents.replace(chunk.documents)
            self._fan_outs = chunk.left

    async def abandon(self) -> None:
        """What is being written comes to its end, well or not."""
        await asyncio.wait({self._writing})

    async def _flush(self) -> None:
        await self._writing
        changes = await self._documents.changes()
        self._writing = asyncio.create_task(self._new.fill(changes))
        self._documents.written()

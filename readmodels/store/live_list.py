"""Lists followed live: what a view's new checkpoint has changed is read once for all."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import reduce
from typing import Final, Generic, Protocol

from readmodels.store.checkpoint import Checkpoint
from readmodels.store.list_follower import Arrived, Change, ChangeKind, ListFollower, kind_of
from readmodels.values import Position
from readmodels.view import D, D_co, Filter

logger = logging.getLogger(__name__)

FIRST: Final = 100
"""Documents with which one begins who follows a list."""

_PAUSE_SECONDS: Final = 0.2


_REMEMBERED: Final = 10_000


class ListReading(Protocol[D_co]):
    """The view's documents as they are stored."""

    def newest(self, filter: Filter, count: int) -> AsyncIterator[D_co]:
        """With which the view's list begins."""
        ...

    def by_id(self, ids: Iterable[str]) -> AsyncIterator[D_co]: ...

    def by_position(self, after: int) -> AsyncIterator[D_co]:
        """Those that stand after a position, in the order of theirs."""
        ...


@dataclass(frozen=True, slots=True)
class _Move:
    """From one position to a later one: the ids of what may have changed, None where they are not
    known. What fans out may have changed everything behind `unsettled`, the last position before it
    that all documents showed. Of one that was told in part, nobody knows since when."""

    since: int | None
    unsettled: int
    until: int
    settled: int
    ids: frozenset[str] | None

    def concerns(self, position: Position) -> bool:
        """Whether it may have changed a document that stands there."""
        return self.since is None or position.at > self.since or position.revision > 0

    def then(self, later: "_Move") -> "_Move":
        ids = None if self.ids is None or later.ids is None else self.ids | later.ids
        return _Move(self.since, self.unsettled, later.until, later.settled, ids)


class LiveList(Generic[D]):
    """The followed lists of one view.

    Whoever comes is registered first and served second: up to the position that the view shows
    then from the database, beyond it by what new checkpoints bring. The position is asked for, not
    remembered: who goes on may have seen more, from here or elsewhere, than is known here yet.
    """

    def __init__(
        self, reading: ListReading[D], checkpoint: Callable[[], Awaitable[Checkpoint]]
    ) -> None:
        self._reading = reading
        self._checkpoint = checkpoint
        self._followers: set[ListFollower[D]] = set()
        self._moves: list[_Move] = []
        self._fanned_out: OrderedDict[str, Position] = OrderedDict()
        self._overtaken: dict[str, int | None] = {}
        self._wake = asyncio.Event()

    async def follow(self, filter: Filter) -> AsyncGenerator[Change[D], None]:
        """What the list begins with, as added, and what changes in it."""
        follower: ListFollower[D] = ListFollower(filter)
        self._followers.add(follower)
        try:
            known = await self._checkpoint()
            follower.begin(known.position)
            begun: list[D] = []
            async for document in self._reading.newest(filter, FIRST):
                if document.position.at > known.position:
                    follower.overdue(document, 0)
                else:
                    follower.sent(document)
                    begun.append(document)
            async for document, reached in _reaching(_in_order(begun)):
                settled = min(reached, known.settled)
                yield Arrived(document, 0, settled).change(ChangeKind.ADDED)
            async with aclosing(self._go_on(follower)) as changes:
                async for change in changes:
                    yield change
        finally:
            self._followers.discard(follower)

    async def resume(self, filter: Filter, after: Position) -> AsyncGenerator[Change[D], None]:
        """What has changed after a position, be it in the list or no longer, and what changes."""
        follower: ListFollower[D] = ListFollower(filter)
        self._followers.add(follower)
        try:
            known = await self._checkpoint()
            follower.begin(max(known.position, after.at))
            async for document, reached in _reaching(self._reading.by_position(after.at)):
                if document.position.at > known.position:
                    follower.overdue(document, None)
                elif kind := kind_of(follower.predicate, document, None):
                    if document.position.revision:
                        follower.sent(document)
                    settled = min(reached, known.settled)
                    yield Arrived(document, None, settled).change(kind)
            async with aclosing(self._go_on(follower)) as changes:
                async for change in changes:
                    yield change
        finally:
            self._followers.discard(follower)

    async def _go_on(self, follower: ListFollower[D]) -> AsyncGenerator[Change[D], None]:
        while True:
            change = await follower.next()
            if change is not None:
                yield change
                continue
            known = await self._checkpoint()
            after = follower.missed(known.position)
            async for document, reached in _reaching(self._reading.by_position(after)):
                if document.position.at > known.position:
                    follower.overdue(document, None)
                elif kind := follower.caught_up(document, after):
                    yield Arrived(document, after, min(reached, known.settled)).change(kind)

    def moved(self, before: Checkpoint, now: Checkpoint) -> None:
        """The view has a new checkpoint: read what it may have changed."""
        if not self._followers:
            self._overtaken.clear()
            return
        follows = now.version == before.version + 1 and now.collection == before.collection
        if follows and now.changed == ():
            return
        ids = frozenset(now.changed) if follows and now.changed is not None else None
        self._moves.append(_Move(before.position, before.settled, now.position, now.settled, ids))
        self._wake.set()

    async def run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            moves, self._moves = self._moves, []
            move = reduce(_Move.then, moves)
            try:
                await self._tell(move)
            except Exception:
                logger.warning("A list that is followed cannot be read.", exc_info=True)
                # What was read by position may have been told in part.
                self._moves.insert(0, replace(move, since=None) if move.ids is None else move)
                await asyncio.sleep(_PAUSE_SECONDS)
                self._wake.set()

    async def _tell(self, move: _Move) -> None:
        if move.ids is None:
            found = self._reading.by_position(move.unsettled)
        else:
            found = _in_order([document async for document in self._reading.by_id(move.ids)])
        async for document, reached in _reaching(found):
            if move.concerns(document.position):
                self._offer(document, move, min(reached, move.settled))

    def _offer(self, document: D, move: _Move, settled: int) -> None:
        if document.position.at > move.until:
            # What was written since comes with the next move, and with what came before it.
            self._overtaken.setdefault(document.id, move.since)
            return
        since = self._overtaken.pop(document.id, move.since)
        if not self._is_told(document):
            arrived = Arrived(document, since, settled)
            for follower in self._followers:
                follower.offer(arrived)

    def _is_told(self, document: D) -> bool:
        """A fan-out changes documents wherever they stand: it may have been read too early."""
        if document.position.revision == 0:
            return False
        told = self._fanned_out.get(document.id)
        if told is not None and document.position <= told:
            return True
        self._fanned_out[document.id] = document.position
        self._fanned_out.move_to_end(document.id)
        if len(self._fanned_out) > _REMEMBERED:
            self._fanned_out.popitem(last=False)
        return False


async def _in_order(documents: Iterable[D]) -> AsyncIterator[D]:
    for document in sorted(documents, key=lambda each: (each.position.at, each.id)):
        yield document


async def _reaching(documents: AsyncIterator[D]) -> AsyncIterator[tuple[D, int]]:
    """Documents in the order of their positions, each with the one up to which nothing is missing
    after it: a fact that fanned out stands in several."""
    held: D | None = None
    async for document in documents:
        if held is not None:
            at = held.position.at
            yield held, at if document.position.at > at else at - 1
        held = document
    if held is not None:
        yield held, held.position.at

"""Lists followed live: what a view's new checkpoint has changed is read once for all."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import reduce
from typing import Final, Generic, Protocol

from readmodels.store.checkpoint import Checkpoint
from readmodels.store.list_follower import Arrived, Change, ChangeKind, ListFollower
from readmodels.values import Position
from readmodels.view import D, D_co, Filter, Selection

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

    def by_position(self, after: int, until: int) -> AsyncIterator[D_co]:
        """Those that stand after a position, up to another, in this order."""
        ...


@dataclass(frozen=True, slots=True)
class _Move:
    """From one position to a later one: the ids of what may have changed, None where they are not
    known. What fans out may have changed everything behind `unsettled`, the last position before it
    that all documents showed."""

    since: int
    unsettled: int
    until: int
    settled: int
    ids: frozenset[str] | None

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
        self._wake = asyncio.Event()

    async def follow(self, selection: Selection[D]) -> AsyncGenerator[Change[D], None]:
        """What the list begins with, as added, and what changes in it."""
        follower = ListFollower(selection)
        self._followers.add(follower)
        try:
            known = await self._checkpoint()
            follower.begin(known.position)
            begun: list[D] = []
            async for document in self._reading.newest(selection, FIRST):
                if document.position.at > known.position:
                    follower.left_out(document)
                else:
                    follower.sent(document)
                    begun.append(document)
            for document in _in_order(begun):
                yield Arrived(document, 0, known.settled).change(ChangeKind.ADDED)
            async with aclosing(self._go_on(follower)) as changes:
                async for change in changes:
                    yield change
        finally:
            self._followers.discard(follower)

    async def resume(
        self, selection: Selection[D], after: Position
    ) -> AsyncGenerator[Change[D], None]:
        """What has changed after a position, be it in the list or no longer, and what changes."""
        follower = ListFollower(selection)
        self._followers.add(follower)
        try:
            known = await self._checkpoint()
            follower.begin(max(known.position, after.at))
            async for document in self._reading.by_position(after.at, known.position):
                if selection.concerns(document):
                    selected = selection.selected(document, document.position.at)
                    kind = ChangeKind.UPDATED if selected else ChangeKind.REMOVED
                    if document.position.revision:
                        follower.sent(document)
                    yield Arrived(document, after.at, known.settled).change(kind)
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
            async for document in self._reading.by_position(after, known.position):
                if kind := follower.handed_out(document, after):
                    yield Arrived(document, after, known.settled).change(kind)

    def moved(self, before: Checkpoint, now: Checkpoint) -> None:
        """The view has a new checkpoint: read what it may have changed."""
        if not self._followers:
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
                self._moves.insert(0, move)
                await asyncio.sleep(_PAUSE_SECONDS)
                self._wake.set()

    async def _tell(self, move: _Move) -> None:
        if move.ids is None:
            async for document in self._reading.by_position(move.unsettled, move.until):
                if document.position.at > move.since or document.position.revision:
                    self._offer(document, move)
        else:
            found = [document async for document in self._reading.by_id(move.ids)]
            for document in _in_order(found):
                self._offer(document, move)

    def _offer(self, document: D, move: _Move) -> None:
        # What was written since comes with the next move.
        if document.position.at <= move.until and not self._is_told(document):
            arrived = Arrived(document, move.since, move.settled)
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


def _in_order(documents: Iterable[D]) -> Sequence[D]:
    return sorted(documents, key=lambda each: (each.position.at, each.id))

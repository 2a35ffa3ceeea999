"""Lists followed live: what a view's new checkpoint has changed is read once for all."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Final, Generic

from readmodels.store.checkpoint import Checkpoint
from readmodels.store.errors import Unreadable
from readmodels.store.followed_documents import FollowedDocuments
from readmodels.store.followers import Followers
from readmodels.store.list_change import Change, ChangeKind, NewState, Shown
from readmodels.store.list_follower import ListFollower
from readmodels.values import Position
from readmodels.view import D, Filter

logger = logging.getLogger(__name__)

FIRST: Final = 100
"""Documents with which one begins who follows a list."""

_OFFERS_AT_ONCE: Final = 1_000
"""Followers who are offered a state before others on the event loop have their turn."""

_REMEMBERED: Final = 10_000
"""Documents of which it is remembered what fan-outs have made of them."""


@dataclass(frozen=True, slots=True)
class _Move:
    """A view's way from one position to a later one.

    `ids` are those of the documents that may have changed on it, None where they are not known.
    `unsettled` is the last position before it that all documents showed: what was fanning out may
    have changed any document behind that. `version` is the checkpoint's at its end.
    """

    since: int
    unsettled: int
    until: int
    settled: int
    version: int
    ids: frozenset[str] | None

    def may_have_changed(self, position: Position) -> bool:
        """Whether it may have changed a document that stands there now."""
        return position.at > self.since or position.revision > 0


def _joined(moves: Sequence[_Move]) -> _Move:
    """Moves that follow each other, as one."""
    first, last = moves[0], moves[-1]
    known = [move.ids for move in moves if move.ids is not None]
    ids = frozenset().union(*known) if len(known) == len(moves) else None
    return _Move(first.since, first.unsettled, last.until, last.settled, last.version, ids)


class LiveList(Generic[D]):
    """The followed lists of one view.

    One task passes on what new checkpoints have changed, move by move, to those whom it may
    concern. A follower joins at a checkpoint that is asked for, not remembered: who comes back may
    have seen more, from here or elsewhere, than is known here yet. What there was up to it a
    reading of the database shows; what changes later is offered.
    """

    def __init__(
        self,
        documents: FollowedDocuments[D],
        checkpoint: Callable[[], Awaitable[Checkpoint]],
    ) -> None:
        assert documents.view.filter is not None, "A list that is followed has a filter."
        self._documents = documents
        self._checkpoint = checkpoint
        self._followers: Followers[D] = Followers(documents.view.filter)
        self._moves: list[_Move] = []
        self._told = Shown(0, 0)
        # States that were passed on before the moves that they belong to.
        self._early: dict[str, Position] = {}
        self._fanned_out: OrderedDict[str, Position] = OrderedDict()
        self._wake = asyncio.Event()

    @property
    def follower_count(self) -> int:
        return len(self._followers)

    async def follow(self, filter: Filter) -> AsyncGenerator[Change[D], None]:
        """What the list begins with, as added, and what changes in it. Raises Unreadable, here and
        below, where a document that concerns it cannot be decoded."""
        async with self._joining(filter) as follower:
            begun = await self._documents.newest(filter, FIRST)
            for document in begun:
                follower.found(document)
            async for document, reached in _reaching(_in_order(begun)):
                yield follower.state(document, reached).change(ChangeKind.ADDED)
            async with aclosing(self._go_on(follower)) as changes:
                async for change in changes:
                    yield change

    async def resume(self, filter: Filter, after: int) -> AsyncGenerator[Change[D], None]:
        """What has changed after a position, be it in the list or no longer, and what changes."""
        async with self._joining(filter) as follower:
            async for document, reached in self._behind(follower, after):
                if kind := follower.found_after(document, after):
                    yield follower.state(document, reached).change(kind)
            async with aclosing(self._go_on(follower)) as changes:
                async for change in changes:
                    yield change

    @asynccontextmanager
    async def _joining(self, filter: Filter) -> AsyncIterator[ListFollower[D]]:
        known = await self._checkpoint()
        follower: ListFollower[D] = ListFollower(filter, known)
        self._followers.add(follower)
        try:
            yield follower
        finally:
            self._followers.discard(follower)

    async def _go_on(self, follower: ListFollower[D]) -> AsyncGenerator[Change[D], None]:
        while True:
            change = await follower.next()
            if change is not None:
                yield change
                continue
            after = follower.read_again(self._told)
            async for document, reached in self._behind(follower, after):
                if kind := follower.found_again(document, after):
                    yield follower.state(document, reached).change(kind)

    def _behind(self, follower: ListFollower[D], after: int) -> AsyncIterator[tuple[D, int]]:
        """A follower's reading of what stands behind a position."""

        def require_unconcerned(unreadable: Unreadable) -> None:
            if follower.predicate.may_concern(unreadable.readable, after):
                raise unreadable

        found = self._documents.by_position(after, among=follower.filter)
        return _reaching(_readable(found, require_unconcerned))

    def moved(self, before: Checkpoint, now: Checkpoint) -> None:
        """The view has a new checkpoint: read what it may have changed."""
        if not self._followers:
            self._early.clear()
            return
        follows = now.version == before.version + 1 and now.collection == before.collection
        if follows and now.changed == ():
            return
        ids = frozenset(now.changed) if follows and now.changed is not None else None
        self._moves.append(
            _Move(
                since=before.position,
                unsettled=before.settled,
                until=now.position,
                settled=now.settled,
                version=now.version,
                ids=ids,
            )
        )
        self._wake.set()

    async def run(self) -> None:
        """Pass on what new checkpoints have changed, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            moves, self._moves = self._moves, []
            try:
                await self._tell(_joined(moves))
            except Exception as fault:
                logger.exception(
                    "What changed in the list of %s cannot be read; all who follow it are told so.",
                    self._documents.view.name,
                )
                self._fail(self._followers, fault)
            except BaseException:
                # Nobody was told: it is still to be done, by who takes this up again.
                self._moves = [*moves, *self._moves]
                self._wake.set()
                raise

    async def _tell(self, move: _Move) -> None:
        async for document, reached in _reaching(self._changed(move)):
            if move.may_have_changed(document.position):
                await self._offer(document, move, min(reached, move.settled))
        self._early = {id: at for id, at in self._early.items() if at.at > move.until}
        self._told = Shown(move.until, move.settled)

    def _changed(self, move: _Move) -> AsyncIterator[D]:
        def fail_concerned(unreadable: Unreadable) -> None:
            position = getattr(unreadable.readable, "position", None)
            if position is None or move.may_have_changed(position):
                self._fail_concerned(unreadable, move.since)

        if move.ids is None:
            found = self._documents.by_position(move.unsettled, patiently=True)
            return _readable(found, fail_concerned)
        return _sorted(_readable(self._documents.by_id(move.ids), fail_concerned))

    async def _offer(self, document: D, move: _Move, settled: int) -> None:
        since, passed_on = move.since, self._passed_on(document.id)
        if passed_on is not None:
            if document.position <= passed_on:
                return
            since = max(since, passed_on.at)
        self._note(document, move)
        state = NewState(document, since, settled, move.version)
        concerned = self._followers.concerned_by(document, since)
        for n, follower in enumerate(concerned, start=1):
            follower.offer(state)
            if n % _OFFERS_AT_ONCE == 0:
                await asyncio.sleep(0)

    def _passed_on(self, id: str) -> Position | None:
        """The newest state of the document that is known to have been passed on, where it may come
        once more: one that was written after the move with which it was read, or that a fan-out
        made, which changes documents wherever they stand."""
        passed_on = [each[id] for each in (self._early, self._fanned_out) if id in each]
        return max(passed_on, default=None)

    def _note(self, document: D, move: _Move) -> None:
        if document.position.at > move.until:
            self._early[document.id] = document.position
        if document.position.revision:
            self._fanned_out[document.id] = document.position
            self._fanned_out.move_to_end(document.id)
            if len(self._fanned_out) > _REMEMBERED:
                self._fanned_out.popitem(last=False)

    def _fail_concerned(self, unreadable: Unreadable, since: int) -> None:
        concerned = [
            follower
            for follower in self._followers
            if follower.predicate.may_concern(unreadable.readable, since)
        ]
        if concerned:
            logger.error("%s Who follows it is told so.", unreadable, exc_info=unreadable)
            self._fail(concerned, unreadable)

    def _fail(self, followers: Iterable[ListFollower[D]], error: Exception) -> None:
        for follower in followers:
            follower.fail(error)


async def _readable(
    found: AsyncIterator[D | Unreadable], report: Callable[[Unreadable], None]
) -> AsyncIterator[D]:
    async for each in found:
        if isinstance(each, Unreadable):
            report(each)
        else:
            yield each


async def _sorted(documents: AsyncIterator[D]) -> AsyncIterator[D]:
    async for document in _in_order([document async for document in documents]):
        yield document


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

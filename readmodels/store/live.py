"""Documents followed live: each change is read once and handed to everyone who follows it."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Iterable
from typing import Generic

from readmodels.store.checkpoint import Checkpoint
from readmodels.store.errors import Unreadable
from readmodels.values import Position
from readmodels.view import D

logger = logging.getLogger(__name__)

ReadById = Callable[[Collection[str]], AsyncIterator[D | Unreadable]]


class _Follower(Generic[D]):
    """Follows a document, with room for one state: the newest takes an older one's place.

    `after` may be a later fact's position. While something is `fanning_out` from before it, that
    may reach the document yet, and only its revision then tells.
    """

    def __init__(self, after: Position, *, fanning_out: bool) -> None:
        self._sent = after
        self._fanning_out = fanning_out
        self._newest: D | None = None
        self._failure: Exception | None = None
        self._woken = asyncio.Event()

    def offer(self, document: D) -> None:
        position = document.position
        reached = self._fanning_out and position.revision > self._sent.revision
        if position > self._sent or reached:
            self._newest = document
            self._woken.set()

    def fail(self, error: Exception) -> None:
        self._failure = error
        self._woken.set()

    async def next(self) -> D:
        """Raises what it failed with."""
        while self._newest is None:
            if self._failure:
                # One error may end many followers, and keeps no trace of each.
                raise self._failure.with_traceback(None)
            await self._woken.wait()
            self._woken.clear()
        document, self._newest = self._newest, None
        self._sent = document.position
        return document


class _Topic(Generic[D]):
    """A document that is followed: its newest known state, one object for all who follow it."""

    def __init__(self) -> None:
        self.newest: D | None = None
        self.followers: set[_Follower[D]] = set()

    def arrived(self, document: D) -> None:
        if self.newest is None or document.position > self.newest.position:
            self.newest = document
            for follower in self.followers:
                follower.offer(document)

    def fail(self, error: Exception) -> None:
        """End those who follow it now. Who comes later reads it anew."""
        self.newest = None
        for follower in self.followers:
            follower.fail(error)


class LiveView(Generic[D]):
    """The followed documents of one view.

    Whoever comes is registered first and served second, by the same reading that serves changes:
    so nothing is missed between the two, and one reading at a time keeps states in order.
    """

    def __init__(self, read: ReadById[D]) -> None:
        self._read = read
        self._topics: dict[str, _Topic[D]] = {}
        self._due: set[str] = set()
        self._wake = asyncio.Event()

    @property
    def follower_count(self) -> int:
        return sum(len(topic.followers) for topic in self._topics.values())

    async def follow(
        self, id: str, after: Position | None, settled: int
    ) -> AsyncGenerator[D, None]:
        """The document now, if newer than `after`, and each newer state; the newest only, where
        the consumer is slower than the changes. `settled` is the last position that all documents
        of the view show. Raises Unreadable where a state of the document cannot be decoded."""
        topic = self._topics.setdefault(id, _Topic())
        begin = Position(-1) if after is None else after
        follower: _Follower[D] = _Follower(begin, fanning_out=settled < begin.at)
        topic.followers.add(follower)
        try:
            if topic.newest is None:
                self._read_soon({id})
            else:
                follower.offer(topic.newest)
            while True:
                yield await follower.next()
        finally:
            topic.followers.discard(follower)
            if not topic.followers and self._topics.get(id) is topic:
                del self._topics[id]

    def moved(self, before: Checkpoint, now: Checkpoint) -> None:
        """The view has a new checkpoint: read again what it may have changed."""
        known_to_follow = now.version == before.version + 1 and now.collection == before.collection
        if known_to_follow and now.changed is not None:
            self._read_soon(id for id in now.changed if id in self._topics)
        elif (now.position, now.collection, now.fan_outs) != (
            before.position,
            before.collection,
            before.fan_outs,
        ):
            self._read_soon(self._topics)

    def _read_soon(self, ids: Iterable[str]) -> None:
        self._due.update(ids)
        if self._due:
            self._wake.set()

    async def run(self) -> None:
        """Read what is due, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            due, self._due = self._due, set()
            try:
                await self._pass_on(due)
            except Exception as fault:
                logger.exception("Documents cannot be read; all who follow them are told so.")
                for id in due:
                    if topic := self._topics.get(id):
                        topic.fail(fault)
            except BaseException:
                # Nobody was told: it is still to be done, by who takes this up again.
                self._read_soon(due)
                raise

    async def _pass_on(self, due: set[str]) -> None:
        missing = set(due)
        async for found in self._read(due):
            missing.discard(str(found.id))
            topic = self._topics.get(str(found.id))
            if topic is None:
                continue
            if isinstance(found, Unreadable):
                logger.error("%s Who follows it is told so.", found, exc_info=found)
                topic.fail(found)
            else:
                topic.arrived(found)
        for id in missing:
            if topic := self._topics.get(id):
                topic.newest = None

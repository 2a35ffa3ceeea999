"""One who follows a list: what has changed in it and was not handed out yet."""

import asyncio
from collections import OrderedDict
from typing import Final, Generic

from readmodels.filter import Predicate
from readmodels.store.checkpoint import Checkpoint
from readmodels.store.list_change import (
    Change,
    ChangeKind,
    NewState,
    Shown,
    kind_after,
    kind_missed,
    kind_since,
)
from readmodels.values import Position
from readmodels.view import D, Document, Filter

MOST_WAITING: Final = 1_000
"""Documents of which a new state is kept until the follower takes it. Of a follower who is slower
than that nothing is kept: what was missed is read again."""


class ListFollower(Generic[D]):
    """Two sources tell a follower of new states, and none is handed out twice.

    A *reading* of the database, begun at a checkpoint, shows what there was up to that checkpoint:
    the list's beginning, what changed since the follower was here last, or what was missed. It may
    find later states as well. *Offers* are the changes of later checkpoints. So a follower is in
    one of three states:

    - Following: offers wait here, the newest state of each document, and are taken in the order
      in which they came.
    - Outrun: too many would wait. None is kept, only the position after which something was
      missed. `read_again` begins a reading from there, and the follower is Following again.
    - Failed: for good, since a document that concerns the list cannot be read.
    """

    def __init__(self, filter: Filter, known: Checkpoint) -> None:
        self.filter = filter
        self.predicate = Predicate(filter)
        self._begun = known
        self._shown = Shown(known.position, known.settled)
        # Of the states that readings have found, those that may be offered as well.
        self._found: dict[str, Position] = {}
        # Each with the position up to which the follower knows the document.
        self._waiting: OrderedDict[str, tuple[NewState[D], int]] = OrderedDict()
        self._missed_after: int | None = None
        self._failure: Exception | None = None
        self._woken = asyncio.Event()

    def state(self, document: D, reached: int) -> NewState[D]:
        """What a reading has found, once all was handed out up to where it has `reached`."""
        return NewState(document, 0, min(reached, self._shown.settled))

    def found(self, document: D) -> None:
        """A reading has found this state, which is handed out next."""
        id, position = document.id, document.position
        if position.revision or position.at > self._shown.position:
            self._found[id] = position
        if waiting := self._waiting.get(id):
            state, since = waiting
            if state.document.position <= position:
                del self._waiting[id]
            else:
                # It keeps its place: what waits is handed out in the order of its facts.
                self._waiting[id] = (state, max(since, position.at))

    def found_after(self, document: D, after: int) -> ChangeKind | None:
        """The same of a document that changed after the position with which the follower came
        back; what it means to them, None where it is not to be handed out."""
        kind = kind_after(self.predicate, document, after)
        if kind:
            self.found(document)
        return kind

    def found_again(self, document: D, after: int) -> ChangeKind | None:
        """The same of a document that changed after the position up to which nothing was missed."""
        if self._had(document) or _stands_by(document, self._begun.position):
            return None
        kind = kind_missed(self.predicate, document, after)
        if kind:
            self.found(document)
        return kind

    def offer(self, state: NewState[D]) -> None:
        """Keep a new state, and what it means since the last one of the document that the follower
        knows."""
        document = state.document
        if self._knows(state) or self._failure:
            return
        if self._missed_after is not None:
            # A fan-out may have changed what stands before everything that was missed so far.
            self._missed_after = min(self._missed_after, document.position.at - 1)
            return
        waiting = self._waiting.pop(document.id, None)
        since = waiting[1] if waiting else self._knows_up_to(state)
        if waiting is None and kind_since(self.predicate, document, since) is None:
            return
        self._waiting[document.id] = (state, since)
        if len(self._waiting) > MOST_WAITING:
            first = min(each.document.position.at for each, _ in self._waiting.values())
            self._missed_after = first - 1
            self._waiting.clear()
        self._woken.set()

    def fail(self, error: Exception) -> None:
        self._failure = error
        self._waiting.clear()
        self._woken.set()

    async def next(self) -> Change[D] | None:
        """The next change; None where the follower was outrun. Raises what it failed with."""
        while True:
            if self._failure:
                # One error may end many followers, and keeps no trace of each.
                raise self._failure.with_traceback(None)
            if self._missed_after is not None:
                return None
            while self._waiting:
                _, (state, since) = self._waiting.popitem(last=False)
                if kind := kind_since(self.predicate, state.document, since):
                    return state.change(kind)
            self._woken.clear()
            await self._woken.wait()

    def read_again(self, told: Shown) -> int:
        """Begin a reading, when all that is told has been offered; gives the position after which
        it has to look."""
        assert self._missed_after is not None
        after, self._missed_after = self._missed_after, None
        if told.position > self._shown.position:
            self._shown = told
            self._found = {
                id: found
                for id, found in self._found.items()
                if found.revision or found.at > told.position
            }
        return after

    def _knows_up_to(self, state: NewState[D]) -> int:
        found = self._found.get(state.document.id, Position(0)).at
        return max(state.since, self._shown.position, found)

    def _knows(self, state: NewState[D]) -> bool:
        return (
            state.version <= self._begun.version
            or self._had(state.document)
            or _stands_by(state.document, self._shown.position)
        )

    def _had(self, document: D) -> bool:
        found = self._found.get(document.id)
        return found is not None and document.position <= found


def _stands_by(document: Document, shown: int) -> bool:
    """Whether a position shows this state. What a fan-out has changed may stand anywhere."""
    return document.position.revision == 0 and document.position.at <= shown

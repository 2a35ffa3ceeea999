"""One who follows a list: what has changed in it and was not handed out yet."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Generic

from readmodels.values import Position
from readmodels.view import D, Selection

MOST_DUE: Final = 1_000
"""Documents that wait to be handed out; who is slower still reads what was missed again."""


class ChangeKind(StrEnum):
    """What a change means for the filter that was given."""

    ADDED = "ADDED"
    UPDATED = "UPDATED"
    REMOVED = "REMOVED"


@dataclass(frozen=True, slots=True, eq=False)
class Change(Generic[D]):
    """A document that came into a list, changed in it, or left it.

    `position` is where to go on after it: all facts up to there have been handed out, in every
    document that they concern.
    """

    kind: ChangeKind
    document: D
    position: Position


@dataclass(slots=True, eq=False)
class Arrived(Generic[D]):
    """A state of a document, and the changes that it means: one object a kind, for all who follow
    the list. `since` is a position that the view showed before."""

    document: D
    since: int
    settled: int
    _changes: dict[ChangeKind, Change[D]] = field(default_factory=dict)

    def change(self, kind: ChangeKind) -> Change[D]:
        position = Position(min(self.document.position.at, self.settled))
        return self._changes.setdefault(kind, Change(kind, self.document, position))


def kind_of(selection: Selection[D], document: D, since: int) -> ChangeKind | None:
    """What became of a document for a filter since a position; None where it means nothing."""
    before = selection.selected(document, since)
    now = selection.selected(document, document.position.at)
    if before:
        return ChangeKind.UPDATED if now else ChangeKind.REMOVED
    return ChangeKind.ADDED if now else None


class ListFollower(Generic[D]):
    """Keeps what it is offered, and from the position where it begins knows what that means."""

    def __init__(self, selection: Selection[D]) -> None:
        self._selection = selection
        self._shown: int | None = None
        self._sent: dict[str, Position] = {}
        self._left_out: set[str] = set()
        self._due: OrderedDict[str, tuple[Arrived[D], int]] = OrderedDict()
        self._arrived = asyncio.Event()
        self._missed_after: int | None = None

    def begin(self, shown: int) -> None:
        """Up to this position everything has been handed out, or is about to be by others."""
        self._shown = shown
        for id, (arrived, since) in list(self._due.items()):
            if self._is_known(arrived.document):
                del self._due[id]
            else:
                self._due[id] = (arrived, max(since, shown))

    def sent(self, document: D) -> None:
        """This state has been handed out, and may also have been offered meanwhile."""
        self._sent[document.id] = document.position
        due = self._due.pop(document.id, None)
        if due and not self.has_had(due[0].document):
            self._due[document.id] = (due[0], max(due[1], document.position.at))

    def left_out(self, document: D) -> None:
        """This one has changed since the beginning: it comes as a change, and as a first one."""
        self._left_out.add(document.id)
        due = self._due.get(document.id)
        if due:
            self._due[document.id] = (due[0], 0)

    def handed_out(self, document: D, since: int) -> ChangeKind | None:
        """What this state means since a position; None where it is not to be told."""
        since = self._since(document, since)
        self._left_out.discard(document.id)
        return None if self.has_had(document) else kind_of(self._selection, document, since)

    def _since(self, document: D, position: int) -> int:
        return 0 if document.id in self._left_out else position

    def has_had(self, document: D) -> bool:
        sent = self._sent.get(document.id)
        return sent is not None and document.position <= sent

    def offer(self, arrived: Arrived[D]) -> None:
        """Only the newest state of a document waits, and what it means since the last that was
        handed out."""
        document = arrived.document
        if self._is_known(document):
            return
        if self._missed_after is not None:
            # A fan-out may have changed what stands before everything that was missed so far.
            self._missed_after = min(self._missed_after, document.position.at - 1)
            return
        sent = self._sent.get(document.id, Position(0)).at
        due = self._due.pop(document.id, None)
        newest = max(arrived.since, self._shown or 0, sent)
        since = due[1] if due else self._since(document, newest)
        means_nothing = due is None and kind_of(self._selection, document, since) is None
        if means_nothing and self._shown is not None:
            return
        self._due[document.id] = (arrived, since)
        if len(self._due) > MOST_DUE:
            first = min(each.document.position.at for each, _ in self._due.values())
            self._missed_after = first - 1
            self._due.clear()
        self._arrived.set()

    def _is_known(self, document: D) -> bool:
        if self.has_had(document):
            return True
        # What a fan-out has changed may stand anywhere.
        position = document.position
        return position.revision == 0 and self._shown is not None and position.at <= self._shown

    async def next(self) -> Change[D] | None:
        """The next change; None where there were too many to keep: `missed` then says which."""
        while True:
            while not self._due and self._missed_after is None:
                self._arrived.clear()
                await self._arrived.wait()
            if self._missed_after is not None:
                return None
            _, (arrived, since) = self._due.popitem(last=False)
            if kind := self.handed_out(arrived.document, since):
                return arrived.change(kind)

    def missed(self, shown: int) -> int:
        """Begin again at a position; answers the one after which everything was missed, and some
        may not have been where a fan-out was under way."""
        assert self._missed_after is not None
        after, self._missed_after = self._missed_after, None
        self._shown = shown
        return after

"""One who follows a list: what has changed in it and was not handed out yet."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Generic

from readmodels.filter import Predicate
from readmodels.values import Position
from readmodels.view import D, Document, Filter

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
    the list. `since` is the position up to which the document's changes had arrived before, None
    where that is not known; `settled` the one up to which, with it, everything has arrived."""

    document: D
    since: int | None
    settled: int
    _changes: dict[ChangeKind, Change[D]] = field(default_factory=dict)

    def change(self, kind: ChangeKind) -> Change[D]:
        position = Position(min(self.document.position.at, self.settled))
        return self._changes.setdefault(kind, Change(kind, self.document, position))


def kind_of(predicate: Predicate, document: Document, since: int | None) -> ChangeKind | None:
    """What became of a document for a filter since a position; None where it means nothing. Where
    it is not known since when, it may have been in the list."""
    before = (
        predicate.ever_matches(document) if since is None else predicate.matches(document, since)
    )
    now = predicate.matches(document, document.position.at)
    if before:
        return ChangeKind.UPDATED if now else ChangeKind.REMOVED
    return ChangeKind.ADDED if now else None


class ListFollower(Generic[D]):
    """Keeps what it is offered, and from the position where it begins knows what that means."""

    def __init__(self, filter: Filter) -> None:
        self.predicate = Predicate(filter)
        self._begun: int | None = None
        self._shown: int | None = None
        self._sent: dict[str, Position] = {}
        self._overdue: dict[str, int | None] = {}
        self._due: OrderedDict[str, tuple[Arrived[D], int | None]] = OrderedDict()
        self._arrived = asyncio.Event()
        self._missed_after: int | None = None

    def begin(self, shown: int) -> None:
        """Up to this position everything has been handed out, or is about to be by others."""
        self._begun = self._shown = shown
        for id, (arrived, since) in list(self._due.items()):
            if self._is_known(arrived.document):
                del self._due[id]
            else:
                self._due[id] = (arrived, _later(since, shown))

    def sent(self, document: D) -> None:
        """This state has been handed out, and may also have been offered meanwhile."""
        self._sent[document.id] = document.position
        due = self._due.get(document.id)
        if due and self.has_had(due[0].document):
            del self._due[document.id]
        elif due:
            # It keeps its place: what waits is handed out in the order of its facts.
            self._due[document.id] = (due[0], _later(due[1], document.position.at))

    def overdue(self, document: D, since: int | None) -> None:
        """It had changed again when it was to be handed out: with what it has become by then, it
        is told what that means since the position."""
        if self._shown is None or document.position.since > self._shown:
            return
        self._overdue[document.id] = since
        if due := self._due.get(document.id):
            self._due[document.id] = (due[0], since)

    def caught_up(self, document: D, after: int) -> ChangeKind | None:
        """What a state means for who has missed changes after a position, of this document or of
        others; None where it is not to be told."""
        self._overdue.pop(document.id, None)
        if self.has_had(document) or _stands_by(document, self._begun):
            return None
        if document.position.revision:
            self.sent(document)
        selected = self.predicate.matches(document, document.position.at)
        return kind_of(self.predicate, document, after if selected else None)

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
        due = self._due.pop(document.id, None)
        since = due[1] if due else self._since(arrived)
        means_nothing = due is None and kind_of(self.predicate, document, since) is None
        if means_nothing and self._shown is not None:
            return
        self._due[document.id] = (arrived, since)
        if len(self._due) > MOST_DUE:
            first = min(each.document.position.at for each, _ in self._due.values())
            self._missed_after = first - 1
            self._due.clear()
        self._arrived.set()

    def _since(self, arrived: Arrived[D]) -> int | None:
        id = arrived.document.id
        if id in self._overdue or arrived.since is None:
            return self._overdue.get(id)
        sent = self._sent.get(id, Position(0)).at
        return max(arrived.since, self._shown or 0, sent)

    def _is_known(self, document: D) -> bool:
        return self.has_had(document) or _stands_by(document, self._shown)

    async def next(self) -> Change[D] | None:
        """The next change; None where there were too many to keep: `missed` then says which."""
        while True:
            while not self._due and self._missed_after is None:
                self._arrived.clear()
                await self._arrived.wait()
            if self._missed_after is not None:
                return None
            _, (arrived, since) = self._due.popitem(last=False)
            self._overdue.pop(arrived.document.id, None)
            if kind := kind_of(self.predicate, arrived.document, since):
                return arrived.change(kind)

    def missed(self, shown: int) -> int:
        """Begin again at a position; answers the one after which everything was missed, and some
        may not have been where a fan-out was under way."""
        assert self._missed_after is not None
        after, self._missed_after = self._missed_after, None
        self._shown = shown
        return after


def _stands_by(document: Document, shown: int | None) -> bool:
    """Whether a position shows this state. What a fan-out has changed may stand anywhere."""
    position = document.position
    return position.revision == 0 and shown is not None and position.at <= shown


def _later(since: int | None, position: int) -> int:
    return position if since is None else max(since, position)

"""What a new state of a document means for those who follow a list."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic

from readmodels.filter import Predicate
from readmodels.values import Position
from readmodels.view import D, Document


class ChangeKind(StrEnum):
    """What a change means for the filter that was given.

    ADDED: It matches, and did not before, or was not there.
    UPDATED: It matched before, and does so still.
    REMOVED: It matched before, and does not any more.
    """

    ADDED = "ADDED"
    UPDATED = "UPDATED"
    REMOVED = "REMOVED"


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Change(Generic[D]):
    """A document that came into a list, changed in it, or left it.

    `position` is where to go on after it: all facts up to there have been handed out, in every
    document that they concern.
    """

    kind: ChangeKind
    document: D
    position: Position


@dataclass(frozen=True, slots=True)
class Shown:
    """How far everything has been passed on: `position` is the view's, up to `settled` in all
    documents, up to `position` but for what was fanning out then."""

    position: int
    settled: int


@dataclass(slots=True, eq=False)
class NewState(Generic[D]):
    """A state of a document, and the changes that it means: one object a kind, for all who follow
    the list.

    `since` is the position up to which earlier changes of the document were passed on, `settled`
    the one up to which everything has been, with this state. It arrived with a `version` of the
    view's checkpoint.
    """

    document: D
    since: int
    settled: int
    version: int = 0
    _changes: dict[ChangeKind, Change[D]] = field(default_factory=dict)

    def change(self, kind: ChangeKind) -> Change[D]:
        position = Position(min(self.document.position.at, self.settled))
        return self._changes.setdefault(kind, Change(kind, self.document, position))


def kind_since(predicate: Predicate, document: Document, since: int) -> ChangeKind | None:
    """What has become of a document for a list whose follower knows it as of a position; None
    where it means nothing to the list."""
    before = predicate.matches(document, since)
    now = predicate.matches(document, document.position.at)
    if before:
        return ChangeKind.UPDATED if now else ChangeKind.REMOVED
    return ChangeKind.ADDED if now else None


def kind_after(predicate: Predicate, document: Document, after: int) -> ChangeKind | None:
    """What a document that has changed after a position means to a follower who comes back with
    that position. Beyond it they may have been shown anything, so what does not match is removed
    whether or not it did."""
    if not predicate.matches(document, document.position.at):
        return ChangeKind.REMOVED if predicate.ever_matches(document) else None
    return ChangeKind.ADDED if document.position.since > after else ChangeKind.UPDATED


def kind_missed(predicate: Predicate, document: Document, after: int) -> ChangeKind | None:
    """What a document means to a follower who missed its changes after a position, or some of them:
    while something fans out, documents do not change in the order of their positions."""
    if not predicate.matches(document, document.position.at):
        return ChangeKind.REMOVED if predicate.ever_matches(document) else None
    return kind_since(predicate, document, after)

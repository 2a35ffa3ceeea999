"""What can go wrong between a caller and the documents, each with what to do about it."""

from commands.supervision import Away


class ReadModelError(Exception):
    """Any failure of the read side that a caller may want to tell apart."""


class BadCursor(ReadModelError):
    """A cursor that was not made by this list in this order: start again from its first page."""

    def __init__(self, cursor: str, sort: str) -> None:
        super().__init__(f"The cursor {cursor[:40]!r} does not belong to a list sorted by {sort}.")


class StaleRead(ReadModelError):
    """A view does not show a position yet: read again later, or do without the position."""

    def __init__(self, view: str, asked: int, shown: int) -> None:
        super().__init__(f"The view {view} shows position {shown}, not yet {asked}; read it again.")
        self.view = view
        self.asked = asked
        self.shown = shown


class Unreadable(ReadModelError):
    """A stored document is none of its view, so that it cannot be shown: mend it in MongoDB, or
    rebuild the view. `readable` has as attributes those of its fields that can be read."""

    def __init__(self, view: str, id: object, readable: object) -> None:
        super().__init__(f"The document {id} of the view {view} cannot be read.")
        self.view = view
        self.id = id
        self.readable = readable


class LeaseLost(ReadModelError):
    """Another worker has written this view's checkpoint: nothing was changed; begin from it."""

    def __init__(self, view: str, version: int) -> None:
        super().__init__(f"The checkpoint of {view} is no longer at version {version}.")


class Unreachable(ReadModelError, Away):
    """MongoDB does not answer, or cannot do this now: the caller may try again."""


class Unusable(ReadModelError):
    """What the URL names cannot be the read store, however often it is tried."""


class SnapshotLost(ReadModelError):
    """A collection of the view was made while a snapshot of it was read: take another one."""

    def __init__(self, view: str) -> None:
        super().__init__(
            f"A collection of the view {view} was made while it was read; read it again."
        )


class RebuildSuperseded(ReadModelError):
    """Another rebuild of the view began after this one: that one will take its place."""

    def __init__(self, view: str) -> None:
        super().__init__(f"A later rebuild of {view} has begun; this one was given up.")


class WriteRefused(ReadModelError):
    """MongoDB does not take a document of a batch, of which nothing was written."""

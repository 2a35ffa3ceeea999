"""What the engine needs of the log."""

from collections.abc import Sequence
from typing import Protocol, Self

from commands.events import Event, Recorded


class WrongLog(Exception):
    """The log is not the one that a view shows."""

    @classmethod
    def ends_early(cls, view: str, head: int, shown: int) -> Self:
        return cls(
            f"The log ends at position {head}, before {shown}, which the view {view} shows: its"
            f" documents were made of another log. Run 'diptych rebuild {view}' to make them of"
            " this one."
        )

    @classmethod
    def differs(cls, view: str, shown: int) -> Self:
        return cls(
            f"The log's fact at position {shown} is not the one that the view {view} shows: its"
            f" documents were made of another log. Run 'diptych rebuild {view}' to make them of"
            " this one."
        )


def require_dense(after: int, facts: Sequence[Recorded[Event]]) -> None:
    """Raises WrongLog where these are not the very facts that follow a position."""
    if facts[-1].position == after + len(facts):
        return
    for follows, fact in enumerate(facts, after + 1):
        if fact.position != follows:
            raise WrongLog(f"After position {follows - 1} the log gives {fact.position}.")


class Feed(Protocol):
    """The recorded facts, in the order of their positions, which are dense from 1."""

    async def head(self) -> int:
        """The last position; 0 of an empty log."""
        ...

    async def read(self, after: int, limit: int) -> Sequence[Recorded[Event]]:
        """The facts that follow a position, at most `limit` of them."""
        ...

    async def changed(self, after: int, timeout: float) -> None:
        """Return when there may be facts after a position, or after `timeout` seconds."""
        ...

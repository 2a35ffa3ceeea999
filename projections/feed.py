"""What the engine needs of the log."""

from collections.abc import Sequence
from typing import Protocol

from commands.events import Event, Recorded


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

"""Ends the connections of clients that take nothing of what waits for them: neither closing such a
connection nor asking whether the client lives ends it, as both wait behind what is not taken."""

import asyncio
from collections.abc import Iterable
from typing import Protocol


class Connection(Protocol):
    transport: asyncio.Transport


class Unread:
    """What waited for each client when it was last looked at, and since when it has not changed."""

    def __init__(self) -> None:
        self._waiting: dict[Connection, tuple[int, float]] = {}

    def end(self, connections: Iterable[Connection], now: float, patience: float) -> None:
        """Abort the connections of which nothing was taken for `patience` seconds."""
        before, self._waiting = self._waiting, {}
        for connection in list(connections):
            size = connection.transport.get_write_buffer_size()
            if not size:
                continue
            known = before.get(connection)
            since = known[1] if known is not None and known[0] == size else now
            if now - since >= patience:
                connection.transport.abort()
            else:
                self._waiting[connection] = (size, since)

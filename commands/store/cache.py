"""Aggregates that were used lately, so that a hot one is not folded again for each batch."""

from collections import OrderedDict

from commands.aggregate import Aggregate
from commands.world import Versioned


class AggregateCache:
    """The last `size` aggregates by stream. An entry counts only at its stream's current version,
    so that what another process wrote is never missed."""

    def __init__(self, size: int = 20_000) -> None:
        self._size = size
        self._entries: OrderedDict[str, Versioned] = OrderedDict()

    def get(self, stream: str, version: int) -> Aggregate | None:
        entry = self._entries.get(stream)
        if entry is None or entry[0] != version:
            return None
        self._entries.move_to_end(stream)
        return entry[1]

    def keep(self, states: dict[str, Versioned]) -> None:
        """Call only with what was committed."""
        for stream, entry in states.items():
            self._entries[stream] = entry
            self._entries.move_to_end(stream)
        while len(self._entries) > self._size:
            self._entries.popitem(last=False)

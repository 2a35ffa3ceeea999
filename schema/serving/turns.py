"""Long work on the event loop, done in stretches of a few milliseconds, all requests' together:
between two stretches everything else has its turn."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Final

LONGEST_STRETCH: Final = 0.005
"""In seconds."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A part of a stretch, which others may have begun."""

    end: float

    @property
    def is_over(self) -> bool:
        return perf_counter() >= self.end


class Turns:
    """Given in the order in which they are asked for."""

    def __init__(self) -> None:
        self._taken = asyncio.Lock()
        self._end = 0.0

    @asynccontextmanager
    async def next(self) -> AsyncIterator[Turn]:
        """Nothing is awaited in it: what it begins is work, not a wait."""
        async with self._taken:
            if perf_counter() >= self._end:
                # Who else waits for a turn waits for this too: else each of them would have a
                # stretch of its own before anything else had its turn.
                await asyncio.sleep(0)
                self._end = perf_counter() + LONGEST_STRETCH
            yield Turn(self._end)

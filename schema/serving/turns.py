"""Long work on the event loop, done in stretches of a few milliseconds, one of all requests at a
time: between two of them everything else has its turn."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Final

LONGEST_STRETCH: Final = 0.005
"""The seconds after which a turn is over."""


class Turn:
    def __init__(self) -> None:
        self._end = perf_counter() + LONGEST_STRETCH

    @property
    def is_over(self) -> bool:
        return perf_counter() >= self._end


class Turns:
    """Given in the order in which they are asked for."""

    def __init__(self) -> None:
        self._taken = asyncio.Lock()

    @asynccontextmanager
    async def next(self) -> AsyncIterator[Turn]:
        """Nothing is awaited in it: what it begins is work, not a wait."""
        async with self._taken:
            turn = Turn()
            yield turn
        if turn.is_over:
            await asyncio.sleep(0)

"""How a worker that folds many documents in a row lets others have their turn."""

import asyncio
from time import perf_counter
from typing import Final

LONGEST_STRETCH: Final = 0.005
"""In seconds."""


class Stretch:
    """The time since the event loop was last given way to."""

    def __init__(self) -> None:
        self._end = perf_counter() + LONGEST_STRETCH

    async def pause(self) -> None:
        """Gives way if it has become long."""
        if perf_counter() >= self._end:
            await asyncio.sleep(0)
            self._end = perf_counter() + LONGEST_STRETCH

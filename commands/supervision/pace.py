"""Long work on the event loop, done in stretches: between two of them everything else has its
turn."""

import asyncio
from time import perf_counter
from typing import Final

LONGEST_STRETCH: Final = 0.005
"""Seconds of work after which a turn is given away: several views fold at the same time."""


class Pace:
    """Of one piece of work, asked between each two of its parts."""

    def __init__(self) -> None:
        self._began = perf_counter()

    async def keep(self) -> None:
        """Gives a turn away where the stretch has been long enough."""
        if perf_counter() - self._began > LONGEST_STRETCH:
            await asyncio.sleep(0)
            self._began = perf_counter()

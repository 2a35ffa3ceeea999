"""A thread for work that would hold the event loop: reading a long operation takes up to a second,
all of it Python's, which gives way to the event loop every few milliseconds."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")

# One: more would take the event loop's turns, and be no sooner done.
_THREAD: Final = ThreadPoolExecutor(1, thread_name_prefix="diptych-aside")


async def aside(work: Callable[[], T]) -> T:
    """What the work returns or raises, done beside the event loop, one after the other."""
    return await asyncio.get_running_loop().run_in_executor(_THREAD, work)

"""Long work on the event loop, done in stretches of a few milliseconds, everybody's together:
between two stretches everything else has its turn."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from inspect import iscoroutine
from time import perf_counter
from typing import Final, TypeVar

T = TypeVar("T")

LONGEST_STRETCH: Final = 0.005
"""In seconds."""


class Turns:
    """Given in the order in which they are asked for.

    A stretch is all that is done in one iteration of the event loop: a hundred who each did no more
    than their own would together hold it for as long as one who did it all.
    """

    def __init__(self) -> None:
        self._end: float | None = None
        self._waiting: OrderedDict[Callable[[], object], None] = OrderedDict()

    def is_over(self) -> bool:
        """Whether the stretch of this iteration is, which begins with the first to ask."""
        if self._end is None:
            self._begin()
        return self._end is not None and perf_counter() >= self._end

    def take(self, work: Callable[[], object]) -> bool:
        """Do the work at once, or when its turn has come: whether it has to wait from now on. What
        waits already is done once."""
        if work in self._waiting:
            return False
        if self._waiting or self.is_over():
            self._waiting[work] = None
            return True
        work()
        return False

    async def run(self, work: Callable[[], T]) -> T:
        """What the work returns or raises, done at once or when its turn has come."""
        if not (self._waiting or self.is_over()):
            return work()
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def begin() -> None:
            if done.cancelled():
                return
            try:
                done.set_result(work())
            except Exception as error:
                done.set_exception(error)

        self._waiting[begin] = None
        try:
            return await done
        except asyncio.CancelledError:
            _discard(done)
            raise

    def _begin(self) -> None:
        self._end = perf_counter() + LONGEST_STRETCH
        asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        """The next iteration has begun: so does the next stretch, with those who wait."""
        self._end = None
        if self._waiting:
            self._begin()
        while self._waiting:
            # One at least, even where the machine is so busy that the stretch is over by now.
            work, _ = self._waiting.popitem(last=False)
            work()
            if self.is_over():
                return


def _discard(done: asyncio.Future[T]) -> None:
    """Nobody takes the result of work that was done before its task heard that it is cancelled."""
    if not done.cancelled() and done.exception() is None and iscoroutine(result := done.result()):
        result.close()

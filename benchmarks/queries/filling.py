"""How long it took to bring orders into the stores."""

import sys
from collections.abc import Awaitable
from dataclasses import dataclass, field
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Filling:
    """How long it took to bring the orders there: seconds of each step, by its name."""

    orders: int
    facts: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    async def timed(self, step: str, work: Awaitable[T]) -> T:
        started = perf_counter()
        result = await work
        seconds = self.seconds[step] = perf_counter() - started
        print(f"{self.orders:,} orders: {step} in {seconds:.1f} s", file=sys.stderr, flush=True)
        return result

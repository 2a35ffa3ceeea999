"""What the resolvers of one request share: each request has a context of its own."""

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from strawberry import Info

from readmodels.store import Store
from readmodels.values import Position
from schema.cost import Cost

MOST_READS = 4
"""The reads of one request that are under way at a time: what comes back is decoded at once."""


@dataclass(slots=True, kw_only=True)
class Reading:
    """The read side as a request sees it.

    `wait` is how many seconds a read waits for a position; `min_position` what the request's
    extensions ask of everything that it reads, None where they ask nothing. `cost` is what its
    answer has taken so far, and `found` what it has read, so that it reads nothing twice; it reads
    while it holds `reads`.
    """

    store: Store
    wait: float
    min_position: Position | None = None
    cost: Cost = field(default_factory=Cost)
    found: dict[Hashable, Any] = field(default_factory=dict)
    reads: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST_READS))

    def at_least(self, asked: Position | None) -> Position | None:
        """The later of what a field asks for and of what its request does."""
        if asked is None or self.min_position is None:
            return asked or self.min_position
        return max(asked, self.min_position)


ReadingInfo = Info[Reading, None]

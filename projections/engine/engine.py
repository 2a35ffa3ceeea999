"""Runs the projections: a worker for each view."""

import asyncio
from collections.abc import Sequence
from typing import Any, Self

from commands.supervision import Supervisor, cancel_and_wait, supervised_by
from projections.catalogue import all_projections
from projections.engine.worker import Worker
from projections.feed import Feed
from projections.projection import Projection
from readmodels.store import Store


class Engine:
    """Keeps the views level with the log between entering and leaving it:

        async with Engine(store, feed) as engine:
            await engine.level(position, timeout=5)

    Any number of engines may run over the same stores: each view has one worker at a time, and the
    others stand by.
    """

    def __init__(
        self,
        store: Store,
        feed: Feed,
        projections: Sequence[Projection[Any]] | None = None,
        supervisor: Supervisor | None = None,
    ) -> None:
        self._store = store
        self._feed = feed
        self._projections = all_projections() if projections is None else projections
        self._supervisor = supervised_by(supervisor)
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        supervisor = await self._supervisor.__aenter__()
        for projection in self._projections:
            worker = Worker(self._store, self._feed, projection, supervisor)
            self._tasks.append(supervisor.start(f"view {projection.name}", worker.run))
        return self

    async def __aexit__(self, *_: object) -> None:
        """What is being written is finished; the views are then free for other engines."""
        await cancel_and_wait(*self._tasks)
        await self._supervisor.__aexit__(None, None, None)

    async def level(self, position: int, timeout: float) -> None:
        """Return when every view shows a position. Raises StaleRead after `timeout` seconds."""
        now = asyncio.get_running_loop().time
        deadline = now() + timeout
        for projection in self._projections:
            await self._store.wait(projection.view.document, position, deadline - now())

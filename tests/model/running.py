"""The application on real stores of its own, with a clock that is moved: as the server composes it,
but for the network."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec
from pymongo import MongoClient

from commands.audit import audit
from commands.bus import running_bus
from commands.events import OrderCancelled
from commands.feed import Feed, running_feed
from commands.orders.payment_window import PaymentWindow
from commands.store.database import Database
from commands.timers import Timers
from projections.catalogue import all_projections
from projections.engine import Engine
from projections.rebuild import rebuild
from projections.verify import verify_view
from readmodels.store import Store
from readmodels.values import Position
from schema.api import SCHEMA
from schema.serving.execution import Execution
from schema.serving.operations import Operations
from schema.serving.request import Request
from schema.writing import Commanding
from tests.model.shop import WINDOW

PATIENCE = 20.0
BEGIN = datetime(2026, 2, 28, 23, 59, 59, 999_000, tzinfo=UTC)
"""A millisecond before a day and a month end."""

_OPERATIONS = Operations(SCHEMA)
"""Made ready once, for all applications."""


class Running:
    """What is running, and what time it is there."""

    def __init__(self, database: Database, store: Store, feed: Feed) -> None:
        self._database, self._store, self._feed = database, store, feed
        self._engine: Engine | None = None
        self._rebuilding: dict[int, asyncio.Task[Any]] = {}
        self.execution: Execution
        self.timers: Timers
        self.now = BEGIN

    async def ask(self, query: str, *, min_position: Any = None, **variables: Any) -> Any:
        """What a client is answered, which is no error."""
        request = Request(query, variables, extensions={"minPosition": min_position})
        run = await self.execution.begin(request)
        answer = msgspec.json.decode((await run.response()).encoded())
        assert "errors" not in answer, (answer, query, variables)
        return answer["data"]

    async def head(self) -> int:
        return await self._feed.head()

    @property
    def is_projecting(self) -> bool:
        return self._engine is not None

    async def start(self) -> None:
        if self._engine is None:
            self._engine = await Engine(self._store, self._feed).__aenter__()

    async def stop(self, turns: int = 0) -> None:
        """The projections end where they are after some turns of the event loop."""
        for _ in range(turns):
            await asyncio.sleep(0)
        if self._engine is not None:
            engine, self._engine = self._engine, None
            await engine.__aexit__()

    async def level(self) -> None:
        """Every view shows everything, and no rebuild is on its way."""
        await self.start()
        assert self._engine
        await self._rebuilt()
        await self._engine.level(await self.head(), PATIENCE)

    async def rebuild(self, view: int) -> None:
        """Begin to rebuild a view beside everything else."""
        if view in self._rebuilding:
            await self._rebuilding[view]
        again = rebuild(self._store, self._feed, all_projections()[view])
        self._rebuilding[view] = asyncio.create_task(again)

    async def _rebuilt(self) -> None:
        for task in self._rebuilding.values():
            await task
        self._rebuilding.clear()

    async def fire(self) -> list[str]:
        """Fires the timers that are due, and answers the orders that were cancelled, in order."""
        known = await self.head()
        await self.timers.fire()
        cancelled = []
        while facts := await self._feed.read(known, 1_000):
            events = [fact.event for fact in facts]
            cancelled += [each.order_id for each in events if isinstance(each, OrderCancelled)]
            known = facts[-1].position
        return cancelled

    async def problems(self) -> list[str]:
        """What is stored otherwise than the log says."""
        found = list((await audit(self._database)).problems)
        for projection in all_projections():
            report = await verify_view(self._store, projection, self._feed)
            found += [f"{report.view} {id}" for id in report.differing]
            assert report.wrong_log is None
        return found

    async def end(self) -> None:
        for task in self._rebuilding.values():
            task.cancel()
        await asyncio.gather(*self._rebuilding.values(), return_exceptions=True)
        await self.stop()


@asynccontextmanager
async def running(write_url: str, mongo_url: str) -> AsyncIterator[Running]:
    """The application on a write store that has its tables, and an empty MongoDB database."""
    documents = f"model_{uuid4().hex}"
    database = Database(write_url)
    try:
        async with AsyncExitStack() as stack:
            store = await stack.enter_async_context(await Store.open(mongo_url, documents))
            feed = await stack.enter_async_context(running_feed(database))
            window = PaymentWindow(WINDOW)
            shop = Running(database, store, feed)
            bus = await stack.enter_async_context(
                running_bus(database, lambda: shop.now, feed.wake, [window])
            )
            shop.timers = Timers(database, bus, window, lambda: shop.now)

            def context(min_position: Position | None) -> Commanding:
                return Commanding(
                    store=store,
                    wait=PATIENCE,
                    min_position=min_position,
                    bus=bus,
                    actor="anonymous",
                )

            shop.execution = Execution(SCHEMA, context)
            shop.execution.operations = _OPERATIONS
            stack.push_async_callback(shop.end)
            await shop.start()
            yield shop
    finally:
        await database.close()
        with MongoClient[dict[str, object]](mongo_url) as client:
            client.drop_database(documents)

"""Both panels in this process, over stores of their own."""

from bisect import bisect_left
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from time import perf_counter

from benchmarks.servers import Servers, mongo_database
from benchmarks.shop import PAYMENT_WINDOW, Shop, opened
from commands.bus import Bus, running_bus
from commands.feed import Feed, running_feed
from commands.store.database import Database
from commands.store.migrating import ensure_current
from projections.engine import Engine
from readmodels.store import Store


@dataclass(slots=True)
class Commits:
    """When each position was committed."""

    _heads: list[int] = field(default_factory=list)
    _times: list[float] = field(default_factory=list)

    def note(self, head: int) -> None:
        self._heads.append(head)
        self._times.append(perf_counter())

    def since(self, position: int) -> float:
        """Seconds since the position was committed; none where a reader of the log is faster than
        the writer is told of its own commit."""
        index = bisect_left(self._heads, position)
        return perf_counter() - self._times[index] if index < len(self._times) else 0.0


@dataclass(frozen=True, slots=True)
class Writing:
    """The write side, with a shop in it."""

    bus: Bus
    feed: Feed
    shop: Shop
    commits: Commits


@asynccontextmanager
async def writing(database_url: str) -> AsyncIterator[Writing]:
    async with AsyncExitStack() as stack:
        database = Database(database_url)
        stack.push_async_callback(database.close)
        await ensure_current(database, migrating=True)
        feed = await stack.enter_async_context(running_feed(database))
        commits = Commits()

        def committed(head: int) -> None:
            commits.note(head)
            feed.wake(head)

        bus = await stack.enter_async_context(
            running_bus(database, on_commit=committed, processes=[PAYMENT_WINDOW])
        )
        yield Writing(bus, feed, await opened(bus), commits)


@asynccontextmanager
async def projected(servers: Servers, feed: Feed) -> AsyncIterator[Store]:
    """The documents of every view, kept level with the log."""
    async with await Store.open(servers.mongo_url, mongo_database()) as store:
        async with Engine(store, feed):
            yield store

"""Facts folded a second, beside a bulk write of the documents that come of them."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from time import perf_counter
from typing import Any

from pymongo.write_concern import WriteConcern

from benchmarks.figures import Comparison, Section
from benchmarks.load import under_load
from benchmarks.running import Writing, writing
from benchmarks.servers import Servers, mongo_database
from benchmarks.shop import buying
from benchmarks.sizes import Sizes
from commands.feed import Feed
from projections.catalogue import all_projections
from projections.engine import Engine
from projections.order import order
from projections.rebuild import rebuild
from readmodels.order import Order
from readmodels.store import Store
from readmodels.store.connecting import connect
from readmodels.store.driver import JOURNALED, UNJOURNALED, Raw
from readmodels.view import VIEWS

_PATIENCE = 300.0
_BATCH = 1_000


async def facts_a_second(servers: Servers, sizes: Sizes) -> list[Section]:
    """Of one log: all views live, and one view rebuilt."""
    live: tuple[list[float], list[float]] = ([], [])
    rebuilt: tuple[list[float], list[float]] = ([], [])
    async with writing(servers.sqlite()) as log:
        await _fill(log, sizes)
        facts = await log.feed.head()
        for _ in range(sizes.rounds):
            database = mongo_database()
            live[0].append(facts / await _live(servers, database, log.feed))
            rebuilt[0].append(facts / await _rebuilt(servers, database, log.feed))
            copying = _Copying(servers.mongo_url, database)
            live[1].append(facts / await copying.seconds(list(VIEWS), JOURNALED))
            rebuilt[1].append(facts / await copying.seconds([Order], UNJOURNALED))
    other = "driver alone, the final documents"
    views = len(all_projections())
    return [
        Section(
            "Facts",
            f"A log of {facts:,} facts that is there already. Beside it the same driver inserts"
            f" the documents that come of it, {_BATCH:,} at a time: as journaled as live views"
            " are, and not journaled, as a rebuild is. Live, a document is written once for every"
            " batch that changes it.",
            [
                Comparison(f"live, {views} views", other, "facts/s", *live),
                Comparison("rebuild of one view (order)", other, "facts/s", *rebuilt),
            ],
        )
    ]


async def _fill(log: Writing, sizes: Sizes) -> None:
    while await log.feed.head() < sizes.facts:
        await under_load(
            lambda number: buying(log.bus, log.shop, number), sizes.crowd, _FILLING_SECONDS
        )


_FILLING_SECONDS = 0.1


async def _live(servers: Servers, database: str, feed: Feed) -> float:
    """Seconds until every view shows the whole log."""
    head = await feed.head()
    async with await Store.open(servers.mongo_url, database) as store:
        started = perf_counter()
        async with Engine(store, feed) as engine:
            await engine.level(head, _PATIENCE)
            return perf_counter() - started


async def _rebuilt(servers: Servers, database: str, feed: Feed) -> float:
    async with await Store.open(servers.mongo_url, database) as store:
        started = perf_counter()
        await rebuild(store, feed, order)
        return perf_counter() - started


class _Copying:
    """The documents of a database, written once more by the driver alone."""

    def __init__(self, mongo_url: str, database: str) -> None:
        self._url, self._database = mongo_url, database

    async def seconds(self, documents: Sequence[type[Any]], concern: WriteConcern) -> float:
        async with AsyncExitStack() as stack:
            driver = connect(self._url, self._database, "motor")
            stack.push_async_callback(driver.close)
            store = await stack.enter_async_context(await Store.open(self._url, self._database))
            sources = [store.checkpoint(document).collection for document in documents]
            found = [await driver.database[source].find({}).to_list(None) for source in sources]
            target = connect(self._url, mongo_database(), "motor")
            stack.push_async_callback(target.close)
            started = perf_counter()
            for source, copied in zip(sources, found, strict=True):
                collection = target.database[source].with_options(write_concern=concern)
                for batch in _batches(copied):
                    await collection.insert_many(batch, ordered=False)
            return perf_counter() - started


def _batches(documents: list[Raw]) -> list[list[Raw]]:
    return [documents[start : start + _BATCH] for start in range(0, len(documents), _BATCH)]

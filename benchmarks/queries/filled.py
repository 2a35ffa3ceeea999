"""The same orders in Diptych's stores and in SQL tables, and all that answers queries on them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.http_client import connected
from benchmarks.queries import sql
from benchmarks.queries.answering import FromStore, OverHttp
from benchmarks.queries.filling import Filling
from benchmarks.queries.history import history
from benchmarks.queries.loading import load
from benchmarks.queries.sql import Sql, SqlByOffset
from benchmarks.queries.sql_filling import fill
from benchmarks.server_process import serving
from benchmarks.servers import Servers, mongo_database
from commands.feed import Feed
from commands.store.database import Database
from commands.store.migrating import ensure_current
from projections.category_stats import category_stats
from projections.order import order
from projections.order_list_item import order_list_item
from projections.projection import Projection
from projections.rebuild import rebuild
from readmodels.store import Store

VIEWS: Sequence[Projection[Any]] = (order, order_list_item, category_stats)
"""Those that the queries read; the others stay empty."""
_SERVER = ("benchmarks.queries.server",)


@dataclass(frozen=True, slots=True)
class Filled:
    """So many orders, and what answers queries on them."""

    filling: Filling
    database: Database
    documents: Store
    http: OverHttp
    store: FromStore
    sql: Sql
    by_offset: SqlByOffset

    @property
    def orders(self) -> int:
        return self.filling.orders


@asynccontextmanager
async def filled(servers: Servers, orders: int) -> AsyncIterator[Filled]:
    """Over databases of their own."""
    filling, documents = Filling(orders), mongo_database()
    data = servers.folder / f"orders-{orders}"
    async with AsyncExitStack() as stack:
        database = Database(f"sqlite+aiosqlite:///{data / 'diptych.sqlite'}")
        stack.push_async_callback(database.close)
        await ensure_current(database, migrating=True)
        store = await stack.enter_async_context(await Store.open(servers.mongo_url, documents))
        tables = await stack.enter_async_context(sql.connected(await servers.postgres()))

        filling.facts = await filling.timed("load", load(database, history(orders)))
        for view in VIEWS:
            await filling.timed(f"rebuild {view.name}", rebuild(store, Feed(database), view))
        await filling.timed("fill the SQL tables", fill(tables, history(orders)))

        url = await stack.enter_async_context(serving(data, servers.mongo_url, documents, _SERVER))
        http = OverHttp(await stack.enter_async_context(connected(url)))
        statements = await sql.prepared(tables)
        by_offset = SqlByOffset(statements, orders)
        yield Filled(filling, database, store, http, FromStore(store), Sql(statements), by_offset)

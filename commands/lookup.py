"""What is recorded already, for those who plan commands and not only answer them.

What is found here may be outdated by the time that a command is decided: the bus decides on its own
reading, and refuses what does not fit.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from commands.aggregate import Claim, Ref
from commands.customers.customer import email_claim
from commands.events import OrderCancelled, OrderPlaced, OrderShipped
from commands.orders.order import Order, reference_claim
from commands.products.product import Product, sku_claim
from commands.stock.stock import Stock
from commands.store.cache import AggregateCache
from commands.store.codec import decode_event
from commands.store.database import Database
from commands.store.loading import Loading
from commands.store.statements import among, json_array
from commands.store.tables import events
from commands.world import Loaded

_ORDERS_FACTS = (
    select(
        events.c.stream,
        events.c.type,
        events.c.schema_version,
        events.c.data,
        events.c.personal,
    )
    .where(among(events.c.type, "types"))
    .order_by(events.c.position)
)
_PLACED = (
    select(
        events.c.type,
        events.c.schema_version,
        events.c.data,
        events.c.personal,
    )
    .where(among(events.c.stream, "streams"), events.c.version == bindparam("first"))
    .order_by(events.c.position)
)
_TURNS = [turn.__name__ for turn in (OrderPlaced, OrderShipped, OrderCancelled)]
"""From an order's placing on it can be cancelled, until one of the others."""


@dataclass(frozen=True, slots=True)
class OnShelf:
    """A product and what is in stock of it."""

    product: Product
    stock: Stock


class Lookup:
    """Reads beside the writer, without holding it up."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cache = AggregateCache(0)

    async def products(self, skus: Iterable[str]) -> Mapping[str, OnShelf]:
        """Those of the SKUs that are in the catalogue."""
        loaded = Loaded()
        async with self._loading() as loading:
            found = await self._owners(loading, {sku: sku_claim(sku) for sku in skus})
            refs = [Ref(kind, id) for id in found.values() for kind in (Product, Stock)]
            await loading.load(refs, loaded)
        shelves = {}
        for sku, id in found.items():
            product = loaded.states[Ref(Product, id).stream][1]
            stock = loaded.states[Ref(Stock, id).stream][1] or Stock()
            assert isinstance(product, Product)
            assert isinstance(stock, Stock)
            shelves[sku] = OnShelf(product, stock)
        return shelves

    async def customers(self, emails: Iterable[str]) -> Mapping[str, str]:
        """The ids of the customers who have these emails."""
        async with self._loading() as loading:
            return await self._owners(loading, {email: email_claim(email) for email in emails})

    async def causes(self, causes: Iterable[str]) -> set[str]:
        """Those whose commands the log holds."""
        first = {f"{cause}/0": cause for cause in causes}
        async with self._loading() as loading:
            return {first[id] for id in await loading.recorded(first)}

    async def orders(self, references: Iterable[str]) -> Mapping[str, OrderPlaced]:
        """How the orders that have these references were placed."""
        claims = {reference: reference_claim(reference) for reference in references}
        async with self._database.reading() as connection:
            found = await self._owners(
                Loading(connection, self._database.statements, self._cache), claims
            )
            streams = {Ref(Order, id).stream: reference for reference, id in found.items()}
            rows = await self._database.statements.run(
                connection, _PLACED, {"streams": json_array(streams), "first": 1}
            )
            placed = [decode_event(*stored) for stored in rows]
        return {
            streams[Ref(Order, each.order_id).stream]: each
            for each in placed
            if isinstance(each, OrderPlaced)
        }

    async def cancellable_orders(self) -> Sequence[OrderPlaced]:
        """How they were placed, in that order: all orders that could still be cancelled."""
        placed: dict[str, OrderPlaced] = {}
        async with self._database.reading_once() as connection:
            rows = await self._database.statements.run(
                connection, _ORDERS_FACTS, {"types": json_array(_TURNS)}
            )
            for stream, *stored in rows:
                event = decode_event(*stored)
                if isinstance(event, OrderPlaced):
                    placed[stream] = event
                else:
                    placed.pop(stream, None)
        return list(placed.values())

    @asynccontextmanager
    async def _loading(self) -> AsyncIterator[Loading]:
        async with self._database.reading() as connection:
            yield Loading(connection, self._database.statements, self._cache)

    async def _owners(self, loading: Loading, claims: Mapping[str, Claim]) -> dict[str, str]:
        loaded = Loaded()
        await loading.load(list(claims.values()), loaded)
        return {
            value: owner
            for value, claim in claims.items()
            if (owner := loaded.owners[claim]) is not None
        }

"""What the load's commands record, so that the other ways can write the same rows."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import uuid4

from benchmarks.servers import Servers
from benchmarks.shop import LINES, PAYMENT_WINDOW, PRODUCTS, opened, picks
from commands.bus import Bus, running_bus
from commands.events import Event, Recorded
from commands.feed import Feed
from commands.given import Id
from commands.ids import new_id
from commands.orders.confirm_order import ConfirmOrder
from commands.stock.receive_stock import ReceiveStock
from commands.store.codec import encode_event
from commands.store.database import Database
from commands.store.migrating import ensure_current

Row = tuple[int, str, int, str, int, int, int, str, str, int, None, str, str | None]
"""A row of the log, in the order of its columns."""

_NOW = 1_700_000_000_000


@dataclass(frozen=True, slots=True)
class Fact:
    """What a fact's row holds, whichever its stream."""

    category: str
    type: str
    schema_version: int
    data: str
    personal: str | None


Shape = Sequence[Fact]
"""The facts of one command."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """`crowd` is an order of one line."""

    place: Shape
    confirm: Shape
    receive: Shape
    crowd: Shape


@dataclass(frozen=True, slots=True)
class Writing:
    """What one command writes: its facts, each into the stream of the same place."""

    shape: Shape
    streams: Sequence[str]

    def rows(self, position: int, versions: Sequence[int]) -> list[Row]:
        """The log's rows behind a position, at these versions of their streams."""
        command_id = str(uuid4())
        return [
            (
                position + ordinal + 1,
                stream,
                version,
                fact.type,
                fact.schema_version,
                _NOW,
                _NOW,
                "anonymous",
                command_id,
                ordinal,
                None,
                fact.data,
                fact.personal,
            )
            for ordinal, (fact, stream, version) in enumerate(
                zip(self.shape, self.streams, versions, strict=True)
            )
        ]


async def recorded_shapes(servers: Servers) -> Shapes:
    """Handles each of the load's commands once, and looks at what it recorded."""
    database = Database(servers.sqlite())
    await ensure_current(database, migrating=True)
    try:
        async with running_bus(database, processes=[PAYMENT_WINDOW]) as bus:
            return await _shapes(bus, Feed(database))
    finally:
        await database.close()


async def _shapes(bus: Bus, feed: Feed) -> Shapes:
    shop = await opened(bus)
    order = shop.order(list(shop.product_ids[:LINES]))
    shapes = []
    for command in (
        order,
        ConfirmOrder(order_id=order.order_id),
        ReceiveStock(product_id=Id(shop.product_ids[0]), quantity=1),
        shop.order([shop.product_ids[0]]),
    ):
        before = await feed.head()
        await bus.handle(command)
        shapes.append([_fact(each) for each in await feed.read(before, 10)])
    return Shapes(*shapes)


def _fact(recorded: Recorded[Event]) -> Fact:
    data, personal = encode_event(recorded.event)
    event = recorded.event
    return Fact(event.stream_category, type(event).__name__, event.schema_version, data, personal)


def mix(shapes: Shapes, number: int) -> Iterator[Writing]:
    """What the commands of a client of the mix write."""
    pick = picks(number)
    while True:
        order = f"order/{new_id('ord')}"
        stocks = [f"stock/{product}" for product in pick.sample(range(PRODUCTS), LINES)]
        yield Writing(shapes.place, [order, *stocks])
        yield Writing(shapes.confirm, [order])
        for _ in range(2):
            yield Writing(shapes.receive, [_any_stock(pick)])


def crowd(shapes: Shapes) -> Iterator[Writing]:
    """What clients write who all order the first product."""
    while True:
        yield Writing(shapes.crowd, [f"order/{new_id('ord')}", "stock/0"])


def _any_stock(pick: random.Random) -> str:
    return f"stock/{pick.randrange(PRODUCTS)}"

"""The time from a commit to the document that shows it, and to who follows that document."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from benchmarks.figures import Delay, Section
from benchmarks.load import Client, at_rate, under_load
from benchmarks.running import Writing, projected, writing
from benchmarks.servers import Servers
from benchmarks.shop import LINES, accepted, buying, picks
from benchmarks.sizes import Sizes
from commands.orders.confirm_order import ConfirmOrder
from commands.stock.receive_stock import ReceiveStock
from readmodels.order import Order
from readmodels.store import Store

_PATIENCE = 60.0
_CONFIRMED = 2
"""The version of an order that was placed and confirmed."""


async def lag(servers: Servers, sizes: Sizes) -> list[Section]:
    """At an even rate, and at half of the highest that the views keep up with."""
    delays: list[Delay] = []
    async with writing(servers.sqlite()) as log, projected(servers, log.feed) as store:
        highest = await _highest_rate(log, store, sizes)
        for rate in (sizes.lag_rate, highest / 2):
            watching = _Watching(log, store)
            await at_rate(watching.client, rate, sizes.lag_seconds)
            await watching.ended()
            case = f"{rate:,.0f} commands/s"
            delays += [
                Delay(case, "commit → document", watching.shown),
                Delay(case, "commit → subscriber", watching.told),
            ]
    return [
        Section(
            "Lag",
            "Commands, projections and those who wait all in one process, on SQLite. The second"
            f" rate is half of the {highest:,.0f} commands/s that {sizes.crowd} clients get done"
            " while all views keep level.",
            (),
            delays,
        )
    ]


async def _highest_rate(log: Writing, store: Store, sizes: Sizes) -> float:
    """Commands a second, until the last one's document is there."""
    started = perf_counter()
    run = await under_load(
        lambda number: buying(log.bus, log.shop, number), sizes.crowd, sizes.seconds
    )
    await store.wait(Order, await log.feed.head(), _PATIENCE)
    return len(run.delays) / (perf_counter() - started)


@dataclass(slots=True)
class _Watching:
    """Clients of the mix, and for each of their commands someone who waits for what it did."""

    log: Writing
    store: Store
    shown: list[float] = field(default_factory=list)
    told: list[float] = field(default_factory=list)
    _tasks: set[asyncio.Task[object]] = field(default_factory=set)
    _unconfirmed: set[asyncio.Task[object]] = field(default_factory=set)

    async def client(self, number: int) -> Client:
        bus, shop, pick = self.log.bus, self.log.shop, picks(number)
        while True:
            order = shop.order(pick.sample(shop.product_ids, LINES))
            changes, first = self.store.changes(Order, order.order_id), asyncio.Event()
            follower = self._start(self._follow(changes, first))
            self._unconfirmed.add(follower)
            self._start(first.wait())
            self._await(accepted(await bus.handle(order)).position)
            yield
            confirmed = accepted(await bus.handle(ConfirmOrder(order_id=order.order_id)))
            self._await(confirmed.position)
            self._unconfirmed.discard(follower)
            yield
            for _ in range(2):
                received = ReceiveStock(product_id=pick.choice(shop.product_ids), quantity=1)
                self._await(accepted(await bus.handle(received)).position)
                yield

    async def ended(self) -> None:
        """Until everyone has seen what they wait for: of an order that nobody confirmed, that it
        was placed."""
        async with asyncio.timeout(_PATIENCE):
            await asyncio.gather(*(self._tasks - self._unconfirmed))
        for follower in self._unconfirmed:
            follower.cancel()

    def _await(self, position: int) -> None:
        self._start(self._wait(position))

    async def _wait(self, position: int) -> None:
        await self.store.wait(Order, position, _PATIENCE)
        self.shown.append(self.log.commits.since(position))

    async def _follow(self, changes: AsyncGenerator[Order, None], first: asyncio.Event) -> None:
        async with aclosing(changes):
            async for order in changes:
                self.told.append(self.log.commits.since(order.position.at))
                first.set()
                if order.version == _CONFIRMED:
                    return

    def _start(self, work: Coroutine[Any, Any, object]) -> asyncio.Task[object]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        return task

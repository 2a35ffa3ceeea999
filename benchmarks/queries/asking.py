"""Queries over few orders and over many, in turn: how their time grows, and what SQL takes."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.figures import Comparison, Growth, Section
from benchmarks.queries.answering import Answering
from benchmarks.queries.filled import Filled, filled
from benchmarks.queries.filling import Filling
from benchmarks.queries.history import customers_of
from benchmarks.servers import Servers
from benchmarks.sizes import Sizes

_HTTP, _STORE, _SQL, _BY_OFFSET = "Diptych over HTTP", "its store alone", "SQL", "SQL by OFFSET"

_MIDDLE = "20 orders from the middle"
_QUERIES: Mapping[str, Callable[[Answering, Random, int], Awaitable[Any]]] = {
    "an order by its id": lambda to, pick, orders: to.order(pick.randrange(orders)),
    "the newest 20 orders": lambda to, pick, orders: to.first(),
    "a customer's newest orders": lambda to, pick, orders: to.of_customer(
        pick.randrange(customers_of(orders))
    ),
    _MIDDLE: lambda to, pick, orders: to.deep(_in_the_middle(pick, orders)),
    "statistics of all categories": lambda to, pick, orders: to.stats(),
}

_ASKED = [
    (query, way)
    for query in _QUERIES
    for way in (_HTTP, _STORE, _SQL, _BY_OFFSET)
    if way != _BY_OFFSET or query == _MIDDLE
]
"""Each query with who answers it."""

Ask = Callable[[], Awaitable[Any]]
Delays = Mapping[tuple[str, str, int], Sequence[Sequence[float]]]
"""Seconds of each answer, round by round: of a query, by who answers it, over how many orders."""


async def queries(servers: Servers, sizes: Sizes) -> list[Section]:
    """First all orders are brought there, which takes most of the time."""
    few, many = sizes.orders
    async with filled(servers, few) as little, filled(servers, many) as much:
        # What is measured are the answers of servers that are warm.
        await _measured((little, much), 1, sizes.seconds / 2)
        delays = await _measured((little, much), sizes.rounds, sizes.seconds)
    return [
        Section(
            f"Queries over {few:,} and over {many:,} orders",
            "One client, one request after the other, now over few orders and now over many; which"
            " order, customer or place in the middle is taken at random. Each size has a server of"
            " its own, which does not project. Beside HTTP the store's read of the same documents,"
            " and PostgreSQL with its driver alone. "
            + " ".join(_said(shop.filling) for shop in (little, much)),
            growths=[
                Growth(query, way, delays[query, way, few], delays[query, way, many])
                for query, way in _ASKED
            ],
        ),
        Section(
            "The same answers computed by SQL",
            "Prepared joins and GROUP BY over normalised tables of the same orders, with an index"
            " for each filter and order, beside the store's read of documents. Answers a second"
            " are what the p50 gives.",
            [
                _beside(query, way, orders, delays)
                for query, way in _ASKED
                for orders in (few, many)
                if way in (_SQL, _BY_OFFSET)
            ],
        ),
    ]


async def _measured(shops: Sequence[Filled], rounds: int, seconds: float) -> Delays:
    delays: dict[tuple[str, str, int], list[Sequence[float]]] = defaultdict(list)
    picks = [Random(shop.orders) for shop in shops]
    for _ in range(rounds):
        for query, way in _ASKED:
            asks = [_ask(query, shop, way, pick) for shop, pick in zip(shops, picks, strict=True)]
            for shop, seen in zip(shops, await _alternately(asks, seconds), strict=True):
                delays[query, way, shop.orders].append(seen)
    return delays


async def _alternately(asks: Sequence[Ask], seconds: float) -> Sequence[Sequence[float]]:
    """One of each, then again: what else the machine does meets all of them alike."""
    delays: list[list[float]] = [[] for _ in asks]
    end = perf_counter() + seconds
    while not delays[0] or perf_counter() < end:
        for ask, seen in zip(asks, delays, strict=True):
            asked = perf_counter()
            await ask()
            seen.append(perf_counter() - asked)
    return delays


def _ask(query: str, shop: Filled, way: str, pick: Random) -> Ask:
    ways: Mapping[str, Answering] = {
        _HTTP: shop.http,
        _STORE: shop.store,
        _SQL: shop.sql,
        _BY_OFFSET: shop.by_offset,
    }
    return lambda: _QUERIES[query](ways[way], pick, shop.orders)


def _in_the_middle(pick: Random, orders: int) -> int:
    """A tenth of all orders lie there, so that it is not always the same page."""
    return orders // 2 + pick.randrange(-orders // 20, orders // 20)


def _beside(query: str, way: str, orders: int, delays: Delays) -> Comparison:
    by_offset = ", by OFFSET" if way == _BY_OFFSET else ""
    return Comparison(
        f"{query}{by_offset}, {orders:,} orders",
        "SQL",
        "answers/s",
        [1 / median(seen) for seen in delays[query, _STORE, orders]],
        [1 / median(seen) for seen in delays[query, way, orders]],
    )


def _said(filling: Filling) -> str:
    steps = ", ".join(f"{step} {seconds:,.0f} s" for step, seconds in filling.seconds.items())
    return f"{filling.orders:,} orders are {filling.facts:,} facts ({steps})."

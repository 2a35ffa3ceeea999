"""Mutations a second through HTTP, and the time from a mutation to a subscriber."""

from dataclasses import dataclass, field
from time import perf_counter

from benchmarks import edge_load, shop
from benchmarks.edge_load import EdgeShop, command
from benchmarks.figures import Comparison, Delay, Section
from benchmarks.http_client import connected
from benchmarks.load import Client, Run, at_rate, in_turn, under_load
from benchmarks.running import Writing, writing
from benchmarks.server_process import serving
from benchmarks.servers import Servers, mongo_database
from benchmarks.shop import LINES, picks
from benchmarks.sizes import Sizes
from benchmarks.subscriber import Subscriber, subscribed

_EDGE, _BUS = "through HTTP", "the bus alone"


async def edge(servers: Servers, sizes: Sizes) -> list[Section]:
    """A server process on SQLite and MongoDB; the load is here."""
    async with (
        serving(servers.folder / "served", servers.mongo_url, mongo_database()) as url,
        writing(servers.sqlite()) as bus,
    ):
        served = await edge_load.opened(url)
        comparisons = [await _compared(served, bus, clients, sizes) for clients in (1, sizes.crowd)]
        highest = max(comparisons[-1].ours)
        delays: list[Delay] = []
        for rate in (sizes.lag_rate, highest / 2):
            delays += await _delays(served, rate, sizes)
    return [
        Section(
            "Mutations through HTTP",
            "A server in its own process, its projections running; the clients are another"
            " process's, on keep-alive connections. Beside it the bus alone, without GraphQL, HTTP"
            " and projections.",
            comparisons,
        ),
        Section(
            "From a mutation to a subscriber",
            "The same server: from sending a mutation over HTTP to its answer, and to the message"
            " of a graphql-transport-ws subscription to the order.",
            (),
            delays,
        ),
    ]


async def _compared(served: EdgeShop, bus: Writing, clients: int, sizes: Sizes) -> Comparison:
    async def through_http() -> Run:
        return await under_load(
            lambda number: edge_load.buying(served, number), clients, sizes.seconds
        )

    async def alone() -> Run:
        return await under_load(
            lambda number: shop.buying(bus.bus, bus.shop, number), clients, sizes.seconds
        )

    runs = await in_turn(sizes.rounds, {_EDGE: through_http, _BUS: alone})
    return Comparison(
        f"{clients} clients" if clients > 1 else "1 client",
        _BUS,
        "mutations/s",
        [run.rate for run in runs[_EDGE]],
        [run.rate for run in runs[_BUS]],
    )


async def _delays(served: EdgeShop, rate: float, sizes: Sizes) -> list[Delay]:
    async with subscribed(served.url) as subscriber:
        following = _Following(served, subscriber)
        await at_rate(following.client, rate, sizes.lag_seconds)
    case = f"{rate:,.0f} mutations/s"
    return [
        Delay(case, "mutation → answer", following.answered),
        Delay(case, "mutation → subscriber", following.told),
    ]


@dataclass(slots=True)
class _Following:
    """Clients that place orders, follow each, confirm it, and wait until the subscription says so;
    between them others take in stock."""

    shop: EdgeShop
    subscriber: Subscriber
    answered: list[float] = field(default_factory=list)
    told: list[float] = field(default_factory=list)

    async def client(self, number: int) -> Client:
        pick = picks(number)
        async with connected(self.shop.url) as http:
            while True:
                lines = self.shop.order(pick.sample(self.shop.product_ids, LINES))
                order = await command(http, "placeOrder", **lines)
                yield
                async with self.subscriber.following(order) as states:
                    await states.get()
                    asked = perf_counter()
                    await command(http, "confirmOrder", orderId=order)
                    self.answered.append(perf_counter() - asked)
                    while await states.get() != "CONFIRMED":
                        pass
                    self.told.append(perf_counter() - asked)
                yield
                for _ in range(2):
                    product = pick.choice(self.shop.product_ids)
                    await command(http, "receiveStock", productId=product, quantity=1)
                    yield

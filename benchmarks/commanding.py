"""Commands a second, beside the raw limit of the same database and the usual way."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack

from benchmarks.figures import Comparison, Delay, Section
from benchmarks.load import Run, in_turn, under_load
from benchmarks.recorded import recorded_shapes
from benchmarks.servers import Servers
from benchmarks.sizes import Sizes
from benchmarks.ways import (
    Opened,
    Way,
    diptych,
    raw_driver,
    raw_driver_in_bulk,
    session_per_command,
)

_OURS = "Diptych"
_BULK = "driver alone, 100 commands a transaction"
_OTHERS: Mapping[str, Opened] = {
    "driver alone, a transaction each": raw_driver,
    "SQLAlchemy, a session each": session_per_command,
}

_COMMANDS = "commands/s"


async def commands_a_second(servers: Servers, sizes: Sizes) -> list[Section]:
    """The mix for every number of clients, and all clients at one product."""
    mixes: list[Comparison] = []
    crowds: list[Comparison] = []
    delays: list[Delay] = []
    shapes = await recorded_shapes(servers)
    for database, fresh in (("SQLite", _sqlite(servers)), ("PostgreSQL", servers.postgres)):
        async with AsyncExitStack() as stack:
            ways = {
                name: await stack.enter_async_context(way(await fresh(), shapes))
                for name, way in {_OURS: diptych, _BULK: raw_driver_in_bulk, **_OTHERS}.items()
            }
            for way in ways.values():
                # Statements are compiled, and pages of the database there, before it counts.
                await under_load(way.mix, 1, sizes.seconds / 4)
            for clients in sizes.clients:
                runs = await _mix(ways, clients, sizes)
                case = f"{database}, {clients} clients" if clients > 1 else f"{database}, 1 client"
                mixes += _compared(case, runs)
                if clients == sizes.crowd:
                    delays += [_delay(case, name, runs[name]) for name in (_OURS, *_OTHERS)]
            runs = await _crowd(ways, sizes)
            case = f"{database}, {sizes.crowd} clients, one product"
            crowds += _compared(case, runs)
            delays += [_delay(case, name, runs[name]) for name in runs]
    return [
        Section(
            "Commands",
            "A quarter place an order (four facts), three quarters record one fact. The others"
            " write the same facts, stream versions and head, as durably, but decide nothing.",
            mixes,
        ),
        Section(
            "Everybody orders one product",
            "Every client orders the same product, again and again.",
            crowds,
        ),
        Section(f"A command's time at {sizes.crowd} clients", "From asking to answer.", (), delays),
    ]


def _sqlite(servers: Servers) -> Callable[[], Awaitable[str]]:
    async def fresh() -> str:
        return servers.sqlite()

    return fresh


async def _mix(ways: Mapping[str, Way], clients: int, sizes: Sizes) -> dict[str, list[Run]]:
    def measured(name: str, way: Way) -> Callable[[], Awaitable[Run]]:
        # In bulk there is one client: it is the database's limit, whoever asks.
        asking = 1 if name == _BULK else clients
        return lambda: under_load(way.mix, asking, sizes.seconds)

    return await in_turn(sizes.rounds, {name: measured(name, way) for name, way in ways.items()})


async def _crowd(ways: Mapping[str, Way], sizes: Sizes) -> dict[str, list[Run]]:
    def measured(way: Way) -> Callable[[], Awaitable[Run]]:
        return lambda: under_load(way.crowd, sizes.crowd, sizes.seconds)

    compared = {name: measured(ways[name]) for name in (_OURS, *_OTHERS)}
    return await in_turn(sizes.rounds, compared)


def _compared(case: str, runs: Mapping[str, list[Run]]) -> list[Comparison]:
    ours = [run.rate for run in runs[_OURS]]
    return [
        Comparison(case, name, _COMMANDS, ours, [run.rate for run in theirs])
        for name, theirs in runs.items()
        if name != _OURS
    ]


def _delay(case: str, name: str, runs: list[Run]) -> Delay:
    return Delay(case, name, [delay for run in runs for delay in run.delays])

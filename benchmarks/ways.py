"""The ways of recording a command that are compared, each over a database of its own."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from benchmarks import raw, session
from benchmarks.load import Begin, Client
from benchmarks.recorded import Shapes, crowd, mix
from benchmarks.shop import PAYMENT_WINDOW, buying, crowding, opened
from commands.bus import running_bus
from commands.store.database import Database
from commands.store.migrating import ensure_current


@dataclass(frozen=True, slots=True)
class Way:
    """Clients of the mix, and clients who all order one product."""

    mix: Begin
    crowd: Begin


Opened = Callable[[str, Shapes], AbstractAsyncContextManager[Way]]
"""Over the empty database of a URL."""


@asynccontextmanager
async def diptych(url: str, shapes: Shapes) -> AsyncIterator[Way]:
    """Diptych's bus: commands are decided and recorded, those that wait in one transaction."""
    database = await _with_tables(url)
    try:
        async with running_bus(database, processes=[PAYMENT_WINDOW]) as bus:
            shop = await opened(bus)
            yield Way(lambda number: buying(bus, shop, number), lambda _: crowding(bus, shop))
    finally:
        await database.close()


@asynccontextmanager
async def raw_driver(url: str, shapes: Shapes) -> AsyncIterator[Way]:
    """The driver alone, a transaction each: nothing is read, checked or decided."""
    await (await _with_tables(url)).close()
    async with raw.connected(url) as log:

        async def write(writings: raw.Writings) -> Client:
            for writing in writings:
                await log.write([writing])
                yield

        yield Way(lambda number: write(mix(shapes, number)), lambda _: write(crowd(shapes)))


@asynccontextmanager
async def raw_driver_in_bulk(url: str, shapes: Shapes) -> AsyncIterator[Way]:
    """The driver alone, a hundred commands a transaction."""
    await (await _with_tables(url)).close()
    async with raw.connected(url) as log:

        async def write(writings: raw.Writings) -> Client:
            while True:
                await log.write([next(writings) for _ in range(_BULK)])
                for _ in range(_BULK):
                    yield

        yield Way(lambda number: write(mix(shapes, number)), lambda _: write(crowd(shapes)))


@asynccontextmanager
async def session_per_command(url: str, shapes: Shapes) -> AsyncIterator[Way]:
    """SQLAlchemy as its users write it: a session for each command, which looks up the versions of
    what it changes, adds the facts, and begins again where another was faster."""
    await (await _with_tables(url)).close()
    async with session.connected(url) as log:

        async def write(writings: raw.Writings) -> Client:
            for writing in writings:
                await log.write(writing)
                yield

        yield Way(lambda number: write(mix(shapes, number)), lambda _: write(crowd(shapes)))


_BULK = 100


async def _with_tables(url: str) -> Database:
    database = Database(url)
    await ensure_current(database, migrating=True)
    return database

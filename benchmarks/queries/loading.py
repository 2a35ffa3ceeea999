"""A history written into the log in bulk, as the commands would have recorded it one by one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from benchmarks.queries.history import Happened
from commands.aggregate import Aggregate
from commands.customers.customer import Customer
from commands.events import Event, Recorded
from commands.products.product import Product
from commands.stock.stock import Stock
from commands.store.database import Database
from commands.store.saving import Fact, Saving
from commands.store.statements import among, json_array
from commands.store.tables import streams
from commands.store.writer import Writer
from commands.world import Versioned

COMMANDS_AT_ONCE = 5_000

_VERSIONS = select(streams.c.stream, streams.c.version).where(among(streams.c.stream, "streams"))
_KEPT: Mapping[str, type[Aggregate]] = {
    aggregate.category: aggregate for aggregate in (Customer, Product, Stock)
}
"""What has a row, or snapshots; an order here has too few facts for one."""


async def load(database: Database, history: Iterable[Happened]) -> int:
    """Append it to an empty log, a few thousand commands a transaction; the number of facts."""
    writer, states = Writer(database), _States()
    position = done = 0
    try:
        for commands in _batches(iter(history)):
            async with writer.transaction() as (connection, (position, *_)):
                before = await _versions(database, connection, commands)
                facts = list(_recorded(commands, position, done, dict(before)))
                saving = Saving(connection, database.statements)
                await saving.facts(facts)
                await saving.states(before, states.after(facts))
                await connection.commit()
            position, done = position + len(facts), done + len(commands)
    finally:
        await writer.close()
    return position


class _States:
    """The aggregates that are kept otherwise than as facts."""

    def __init__(self) -> None:
        self._states: dict[str, Aggregate] = {}

    def after(self, facts: Iterable[Fact]) -> dict[str, Versioned]:
        """Streams as the facts leave them; orders are known by their version alone."""
        after: dict[str, Versioned] = {}
        for fact, _ in facts:
            stream = fact.stream
            if kept := _KEPT.get(fact.event.stream_category):
                self._states[stream] = kept.evolve(self._states.get(stream), fact.event)
            after[stream] = fact.version, self._states.get(stream)
        return after


def _batches(history: Iterator[Happened]) -> Iterator[Sequence[Happened]]:
    while commands := list(islice(history, COMMANDS_AT_ONCE)):
        yield commands


async def _versions(
    database: Database, connection: AsyncConnection, commands: Iterable[Happened]
) -> dict[str, int]:
    """Of every stream that the commands touch; 0 where it has nothing yet."""
    touched = {event.stream for command in commands for event in command.events}
    result: Any = await database.statements.run(
        connection, _VERSIONS, {"streams": json_array(touched)}
    )
    return dict.fromkeys(touched, 0) | {stream: version for stream, version in result.fetchall()}


def _recorded(
    commands: Iterable[Happened], position: int, done: int, versions: dict[str, int]
) -> Iterator[Fact]:
    """Behind that position; `done` commands were written before."""
    for number, command in enumerate(commands, start=done + 1):
        for ordinal, event in enumerate(command.events):
            position += 1
            versions[event.stream] += 1
            fact = _fact(event, position, versions[event.stream], command.at, number)
            yield fact, ordinal


def _fact(event: Event, position: int, version: int, at: datetime, number: int) -> Recorded[Event]:
    return Recorded(
        position=position,
        stream=event.stream,
        version=version,
        event=event,
        recorded_at=at,
        occurred_at=at,
        actor="anonymous",
        command_id=f"command-{number:013d}",
        causation=None,
    )

"""What a database holds, for tests to compare."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.events import Event, Recorded
from commands.feed import Feed
from commands.outcome import Accepted, Refused
from commands.refusal import Code
from commands.store.database import Database
from commands.work import Answer


async def facts(database: Database) -> list[Recorded[Event]]:
    """The whole log, in order; its positions are dense from 1, and its head is the last."""
    feed = Feed(database)
    log = list(await feed.read(0, 1_000_000))
    assert [fact.position for fact in log] == list(range(1, len(log) + 1))
    assert await feed.head() == len(log)
    return log


async def events(database: Database) -> list[Event]:
    return [fact.event for fact in await facts(database)]


async def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    async with database.reading() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


@asynccontextmanager
async def writing(database: Database) -> AsyncIterator[AsyncConnection]:
    """A connection that writes by hand, beside the bus; rolled back unless committed."""
    other = Database(database.url.render_as_string(hide_password=False))
    try:
        async with other.writer.connect() as connection:
            yield connection
    finally:
        await other.close()


async def execute(database: Database, statement: str) -> None:
    """Changes the database by hand."""
    async with writing(database) as connection:
        await connection.execute(text(statement))
        await connection.commit()


def accepted(outcome: Accepted | Answer) -> Accepted:
    assert isinstance(outcome, Accepted), outcome
    return outcome


def codes(outcome: Accepted | Answer) -> list[tuple[Code, str]]:
    """Of each refusal, its code and its field's path, joined by dots."""
    assert isinstance(outcome, Refused), outcome
    return [(refusal.code, ".".join(refusal.field or ())) for refusal in outcome.refusals]

"""The log written as users of SQLAlchemy write one: a session, and a transaction, a command.

Optimistic: versions are looked up, facts added under the next ones, and whoever finds them taken
begins again. It does less than Diptych, since it decides nothing and keeps no idempotency.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from benchmarks.recorded import Writing
from commands.store.tables import events, log_head, streams

_PATIENCE = 60
"""Seconds to wait for a connection, and for SQLite's lock."""


class _Taken(Exception):
    """Another was faster."""


class Log:
    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions

    async def write(self, writing: Writing) -> None:
        while not await self._written(writing):
            pass

    async def _written(self, writing: Writing) -> bool:
        try:
            async with self._sessions() as session, session.begin():
                await _write(session, writing)
        except (_Taken, IntegrityError, OperationalError):
            # A version that is taken, or SQLite's lock: both mean to begin again.
            return False
        return True


async def _write(session: AsyncSession, writing: Writing) -> None:
    found = await session.execute(
        select(streams.c.stream, streams.c.version).where(streams.c.stream.in_(writing.streams))
    )
    before: dict[str, int] = {stream: version for stream, version in found}
    versions = [before.get(stream, 0) + 1 for stream in writing.streams]
    moved = await session.execute(
        update(log_head)
        .values(position=log_head.c.position + len(versions))
        .returning(log_head.c.position)
    )
    rows = writing.rows(moved.scalar_one() - len(versions), versions)
    names = [column.name for column in events.columns]
    await session.execute(insert(events), [dict(zip(names, row, strict=True)) for row in rows])
    for stream, version in zip(writing.streams, versions, strict=True):
        await _move(session, stream, version)


async def _move(session: AsyncSession, stream: str, version: int) -> None:
    if version == 1:
        await session.execute(insert(streams).values(stream=stream, version=version))
        return
    moved: Any = await session.execute(
        update(streams)
        .where(streams.c.stream == stream, streams.c.version == version - 1)
        .values(version=version)
    )
    if moved.rowcount != 1:
        raise _Taken


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Log]:
    """With SQLAlchemy's own number of connections, as durable as Diptych has it."""
    sqlite = url.startswith("sqlite")
    engine = create_async_engine(
        url, pool_timeout=_PATIENCE, connect_args={"timeout": _PATIENCE} if sqlite else {}
    )
    if sqlite:
        event.listen(engine.sync_engine, "connect", _prepare)
    try:
        yield Log(async_sessionmaker(engine))
    finally:
        await engine.dispose()


def _prepare(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()

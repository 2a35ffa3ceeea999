"""The log written with the database's driver alone: as fast as the rows can be had into it.

Positions and versions are counted here, in memory; nothing is read and nothing can be refused.
"""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import Any, Protocol

import asyncpg
from sqlalchemy import make_url

from benchmarks.recorded import Row, Writing
from benchmarks.servers import asyncpg_url

Writings = Iterator[Writing]

_COLUMNS = 13


class Log(Protocol):
    async def write(self, writings: Sequence[Writing]) -> None:
        """All of it in one transaction."""
        ...


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Log]:
    """Over the database of SQLAlchemy's URL, as durable as Diptych has it."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        # One connection: more of them would only hold each other up at the head's row.
        async with asyncpg.create_pool(asyncpg_url(url), min_size=1, max_size=1) as pool:
            yield PostgresLog(pool)
        return
    assert parsed.database is not None
    with (
        ThreadPoolExecutor(max_workers=1) as thread,
        closing(
            sqlite3.connect(parsed.database, isolation_level=None, check_same_thread=False)
        ) as connection,
    ):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        yield SqliteLog(connection, thread)


@dataclass(slots=True)
class _Numbers:
    """Where the log and its streams stand."""

    position: int = 0
    versions: Counter[str] = field(default_factory=Counter)

    def rows(self, writings: Sequence[Writing]) -> tuple[list[Row], list[tuple[str, int]]]:
        """The log's rows, and the streams' versions after them."""
        rows: list[Row] = []
        for writing in writings:
            self.versions.update(writing.streams)
            versions = [self.versions[stream] for stream in writing.streams]
            rows += writing.rows(self.position, versions)
            self.position = rows[-1][0]
        touched = dict.fromkeys(row[1] for row in rows)
        return rows, [(stream, self.versions[stream]) for stream in touched]


class SqliteLog:
    """One thread, one connection, one visit to it for each transaction."""

    def __init__(self, connection: sqlite3.Connection, thread: ThreadPoolExecutor) -> None:
        self._connection, self._thread = connection, thread
        self._numbers = _Numbers()

    async def write(self, writings: Sequence[Writing]) -> None:
        rows, streams = self._numbers.rows(writings)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._write, rows, streams)

    def _write(self, rows: list[Row], streams: list[tuple[str, int]]) -> None:
        execute, many = self._connection.execute, self._connection.executemany
        execute("BEGIN IMMEDIATE")
        many(f"INSERT INTO events VALUES ({','.join('?' * _COLUMNS)})", rows)
        many(
            "INSERT INTO streams VALUES (?, ?)"
            " ON CONFLICT (stream) DO UPDATE SET version = excluded.version",
            streams,
        )
        execute("UPDATE log_head SET position = ?", (rows[-1][0],))
        execute("COMMIT")


class PostgresLog:
    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        self._pool = pool
        self._numbers = _Numbers()

    async def write(self, writings: Sequence[Writing]) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            # The head first, as everyone must who keeps one order: it is held until commit.
            await connection.execute("SELECT 1 FROM log_head FOR UPDATE")
            rows, streams = self._numbers.rows(writings)
            await self._append(connection, rows)
            await connection.executemany(
                "INSERT INTO streams VALUES ($1, $2)"
                " ON CONFLICT (stream) DO UPDATE SET version = excluded.version",
                streams,
            )
            await connection.execute("UPDATE log_head SET position = $1", rows[-1][0])

    async def _append(self, connection: Any, rows: list[Row]) -> None:
        if len(rows) > _COLUMNS:
            await connection.copy_records_to_table("events", records=rows)
        else:
            values = ",".join(f"${number}" for number in range(1, _COLUMNS + 1))
            await connection.executemany(f"INSERT INTO events VALUES ({values})", rows)

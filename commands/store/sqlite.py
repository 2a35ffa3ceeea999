"""SQLite as SQLAlchemy's asynchronous engine drives it, with one trip to its thread a statement.

aiosqlite runs SQLite in a thread of its own. SQLAlchemy asks it for a cursor, to execute, to fetch
and to close: four trips, each of which costs more than most statements. Here the first does it all.

A thread cannot be stopped. After a deadline nobody waits for it any more, and its connection is
given up: it is closed in the thread, behind what the thread is at.

A file that is removed lives on for who has it open, and what is written to it then is lost with
them. So each statement first looks whether the file is still the one in its place.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self

import aiosqlite
from sqlalchemy import AsyncAdaptedQueuePool, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")


CLOSE_WAIT = 1.0
"""Seconds that the closing of a connection is waited for."""


def sqlite_engine(
    file: str, *, size: int, begin: str | None, lock_wait: float, statement_wait: float | None
) -> AsyncEngine:
    """Connections to a file, which is there: `begin` begins their transactions; without, each
    statement is one.

    `lock_wait` is how many seconds a statement waits for another's lock, `statement_wait` how many
    it may take: after that its connection is given up. None waits for as long as it takes.
    """
    engine = create_async_engine(
        "sqlite+aiosqlite://",
        hide_parameters=True,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=statement_wait or lock_wait,
        async_creator=partial(_connect, file, lock_wait, statement_wait),
        isolation_level=None if begin else "AUTOCOMMIT",
        skip_autocommit_rollback=begin is None,
    )
    if begin:

        @event.listens_for(engine.sync_engine, "begin")
        def begin_transaction(connection: Any) -> None:
            connection.exec_driver_sql(begin)

    return engine


def _connect(file: str, lock_wait: float, statement_wait: float | None) -> "_Connection":
    connection = _Connection(partial(_open, file, lock_wait), iter_chunk_size=64)
    connection.statement_wait = statement_wait
    # As SQLAlchemy does with those that it makes: a process may end without having closed them.
    connection._thread.daemon = True
    return connection


def _open(file: str, lock_wait: float) -> "_Opened":
    url = f"{Path(file).absolute().as_uri()}?mode=rw"
    # Without an isolation level, the driver begins no transactions on its own.
    connection = sqlite3.connect(
        url, uri=True, timeout=lock_wait, isolation_level=None, factory=_Opened
    )
    connection.remember(file)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


class _Opened(sqlite3.Connection):
    """Knows which file it has opened."""

    _file = ""
    _identity: tuple[int, int] | None = None

    def remember(self, file: str) -> None:
        self._file, self._identity = file, _identity(file)

    def require_in_place(self) -> None:
        """Raises what SQLite does where it notices, which in WAL mode it does not look for."""
        if _identity(self._file) != self._identity:
            moved = sqlite3.OperationalError("the file was removed, or another is in its place")
            moved.sqlite_errorcode = sqlite3.SQLITE_READONLY_DBMOVED
            raise moved


def _identity(file: str) -> tuple[int, int] | None:
    try:
        found = os.stat(file)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


class _Connection(aiosqlite.Connection):
    statement_wait: float | None = None

    async def close(self) -> None:
        if self._running and (closed := self.stop()) is not None:
            await asyncio.wait([closed], timeout=CLOSE_WAIT)

    def cursor(self) -> "_Cursor":  # type: ignore[override]  # nothing to await yet
        return _Cursor(self)


class _Cursor:
    """What SQLAlchemy's adapter asks of a cursor."""

    arraysize = 1

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Self:
        return await self._run(lambda cursor: cursor.execute(sql, parameters))

    async def executemany(self, sql: str, parameters: Sequence[Sequence[Any]]) -> Self:
        return await self._run(lambda cursor: cursor.executemany(sql, parameters))

    async def fetchall(self) -> list[Any]:
        return self._rows

    async def close(self) -> None:
        """It was closed once it had run."""

    async def _run(self, run: Callable[[sqlite3.Cursor], Any]) -> Self:
        # aiosqlite has no public way to run something of one's own in its thread.
        in_thread: Any = self._connection._execute
        async with asyncio.timeout(self._connection.statement_wait):
            await in_thread(self._run_in_thread, run)
        return self

    def _run_in_thread(self, run: Callable[[sqlite3.Cursor], Any]) -> None:
        opened: Any = self._connection._conn
        opened.require_in_place()
        cursor = opened.cursor()
        try:
            run(cursor)
            self.description = cursor.description
            self._rows = cursor.fetchall() if cursor.description else []
            self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        finally:
            cursor.close()

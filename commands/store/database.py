"""The relational database: how each kind is opened, and how its transactions begin."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

from asyncpg import PostgresError
from sqlalchemy import NullPool, make_url
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InvalidRequestError,
    SQLAlchemyError,
)
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from commands.store.log import LOCK_HEAD
from commands.store.sqlite import sqlite_engine
from commands.store.statements import Statements
from supervision import Outage

LOCK_WAIT = 5.0
"""Seconds that a transaction waits for the writer before it."""


class Unavailable(Exception):
    """The write store cannot be reached, or did not answer in time."""


def is_outage(error: Exception) -> bool:
    """Whether the database is in trouble itself; otherwise what it was given is to blame."""
    if isinstance(error, DBAPIError):
        # What a value does is a plain error of asyncpg's dialect, known by its SQLSTATE or cause.
        of_a_value = str(getattr(error.orig, "sqlstate", None)).startswith("22") or isinstance(
            error.orig and error.orig.__cause__, ValueError
        )
        return not (of_a_value or isinstance(error, IntegrityError | DataError))
    return isinstance(error, SQLAlchemyError | OSError | TimeoutError)


class Database:
    """Three engines: `writer` is the one connection that writes, `reader` gives a few that read
    beside it, each statement for itself, and `patient` gives such as may stay open for long.

    `url` is SQLAlchemy's, of aiosqlite or asyncpg. On SQLite every transaction of the writer begins
    IMMEDIATE, and a commit is on disk when it returns (synchronous=FULL in WAL mode).
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.statements = Statements()
        self.outage = Outage("write store")
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            file = self.url.database or ""
            _make_folder(Path(file).parent)
            opened = partial(sqlite_engine, file, lock_wait=LOCK_WAIT)
            self.writer = opened(size=1, begin="BEGIN IMMEDIATE")
            self.reader = opened(size=4, begin=None)
            self.patient = opened(size=1, begin="BEGIN")
        else:
            opened = partial(create_async_engine, self.url, max_overflow=0)
            self.writer = opened(pool_size=1, connect_args=_POSTGRESQL)
            self.reader = opened(
                pool_size=4, pool_pre_ping=True, connect_args=_POSTGRESQL, **_EACH_FOR_ITSELF
            )
            self.patient = create_async_engine(self.url, poolclass=NullPool)

    async def close(self) -> None:
        await self.writer.dispose()
        await self.reader.dispose()
        await self.patient.dispose()

    async def reach(self) -> None:
        """Raises Unavailable, with the place and the reason, where no connection can be had."""
        try:
            async with self.reader.connect():
                pass
        except (DBAPIError, PostgresError, OSError) as error:
            place = self.url.render_as_string(hide_password=True)
            reason = str(getattr(error, "orig", None) or error) or type(error).__name__
            raise Unavailable(
                f"The write store at {place} cannot be reached ({reason}):"
                " check DIPTYCH_DATABASE_URL and that its server runs."
            ) from error

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """For a statement; several may see several states of the database."""
        async with self.reader.connect() as connection:
            yield connection

    @asynccontextmanager
    async def reading_once(self) -> AsyncIterator[AsyncConnection]:
        """One snapshot for all that is read, however long that takes."""
        async with self.patient.connect() as connection:
            if not self.is_sqlite:
                await connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            f"The write store's folder {folder} cannot be made ({error.strerror}):"
            " set DIPTYCH_DATA or DIPTYCH_DATABASE_URL to another place."
        ) from error


_SERVER_SETTINGS = {
    "application_name": "diptych",
    "lock_timeout": f"{LOCK_WAIT * 1000:.0f}",
    # A process that was paused inside a transaction must not hold the head for good.
    "idle_in_transaction_session_timeout": f"{LOCK_WAIT * 1000:.0f}",
    "jit": "off",
}
_POSTGRESQL = {"timeout": LOCK_WAIT, "server_settings": _SERVER_SETTINGS}

# Without transactions there is nothing to begin and to roll back: two trips less for each read.
_EACH_FOR_ITSELF = {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True}


Head = tuple[int, int]
"""The log's last position and its time, in milliseconds since 1970."""


class Writer:
    """The one connection on which this process writes; opened again after it was lost."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: AsyncConnection | None = None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[tuple[AsyncConnection, Head]]:
        """Holds the log's head locked. Rolled back unless committed inside; a connection that
        failed is not used again."""
        try:
            connection, head = await self._begun()
            try:
                yield connection, head
            finally:
                if connection is self._connection:
                    await connection.rollback()
        except (DBAPIError, OSError, asyncio.CancelledError):
            await self.close()
            raise

    async def _begun(self) -> tuple[AsyncConnection, Head]:
        unused = self._connection is None
        try:
            return await self._locked()
        except DBAPIError as error:
            if unused or not error.connection_invalidated:
                raise
            # It was lost while it lay idle: nothing was asked of it yet.
            await self.close()
            return await self._locked()

    async def _locked(self) -> tuple[AsyncConnection, Head]:
        connection = await self._connected()
        await connection.begin()
        result = await self._database.statements.run(connection, LOCK_HEAD, {})
        position, recorded_at = result.one()
        return connection, (position, recorded_at)

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(DBAPIError, InvalidRequestError, OSError):
                await connection.invalidate()
            await connection.close()

    async def _connected(self) -> AsyncConnection:
        if self._connection is None:
            self._connection = await self._database.writer.connect()
        return self._connection

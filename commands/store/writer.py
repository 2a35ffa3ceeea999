"""The one connection on which a process writes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.store.database import Database
from commands.store.log import LOCK_HEAD, LOOK_AT_HEAD
from commands.store.statements import AnySelect


class Head(NamedTuple):
    """The log's last position and its time, and the store's clock when it was locked. Times are
    milliseconds since 1970."""

    position: int
    recorded_at: int
    store_time: int


class Writer:
    """Opens its connection again after it was lost, and for each transaction after one that
    failed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: AsyncConnection | None = None
        self._driver: Any = None

    @asynccontextmanager
    async def transaction(
        self, deadline: float | None = None
    ) -> AsyncIterator[tuple[AsyncConnection, Head]]:
        """Holds the log's head locked. Rolled back unless committed inside.

        On PostgreSQL the connection is cut at the deadline, by the event loop's clock, and what
        is under way on it fails. SQLite's thread goes on, and is waited for: nobody else may use
        its connection meanwhile.
        """
        async with self._transaction(LOCK_HEAD, deadline) as begun:
            yield begun

    @asynccontextmanager
    async def unlocked(self, deadline: float) -> AsyncIterator[tuple[AsyncConnection, Head]]:
        """The same without the lock, which only SQLite cannot do without."""
        async with self._transaction(LOOK_AT_HEAD, deadline) as begun:
            yield begun

    @asynccontextmanager
    async def _transaction(
        self, first: AnySelect, deadline: float | None
    ) -> AsyncIterator[tuple[AsyncConnection, Head]]:
        cutting = None
        if deadline is not None and not self._database.is_sqlite:
            cutting = asyncio.get_running_loop().call_at(deadline, self._cut)
        try:
            connection, head = await self._begin(first)
            yield connection, head
            await connection.rollback()
        except BaseException:
            await self.close()
            raise
        finally:
            if cutting is not None:
                cutting.cancel()

    async def close(self) -> None:
        """Rolls back what is under way, without waiting for a server that does not answer."""
        self._cut()
        connection, self._connection, self._driver = self._connection, None, None
        if connection is not None:
            with suppress(SQLAlchemyError, OSError):
                await connection.invalidate()
            with suppress(SQLAlchemyError, OSError):
                await connection.close()

    async def _begin(self, first: AnySelect) -> tuple[AsyncConnection, Head]:
        is_new = self._connection is None
        try:
            return await self._try_to_begin(first)
        except (DBAPIError, OSError) as error:
            was_lost = isinstance(error, OSError) or error.connection_invalidated
            if is_new or not was_lost:
                raise
            # It was lost, or fell silent, while it lay idle: nothing was asked of it yet.
            await self.close()
            return await self._try_to_begin(first)

    async def _try_to_begin(self, first: AnySelect) -> tuple[AsyncConnection, Head]:
        connection = await self._connect()
        await connection.begin()
        result = await self._database.statements.run(connection, first, {})
        return connection, Head(*result.one())

    async def _connect(self) -> AsyncConnection:
        if self._connection is None:
            self._connection = await self._database.writer.connect()
            raw = await self._connection.get_raw_connection()
            self._driver = raw.driver_connection
        return self._connection

    def _cut(self) -> None:
        if self._driver is not None and not self._database.is_sqlite:
            self._driver.terminate()

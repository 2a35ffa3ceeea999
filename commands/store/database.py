"""The relational database: how each kind is opened, and how it is read beside the writer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

from asyncpg import PostgresError
from sqlalchemy import NullPool, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.store.postgresql import milliseconds, postgresql_engine
from commands.store.sqlite import sqlite_engine
from commands.store.statements import Statements
from commands.store.unavailable import Unavailable
from commands.supervision import Outage

LOCK_WAIT = 3.0
"""Seconds that a transaction waits for the writer before it."""

IDLE_WAIT = 3.0
"""Seconds that a transaction on PostgreSQL may lie idle."""

STATEMENT_WAIT = 3.0
"""Seconds that a statement of the writer may take on PostgreSQL. On SQLite its thread goes on."""

READ_WAIT = 5.0
"""Seconds that a statement which reads beside the writer may take."""

PATIENT_WAIT = 300.0
"""Seconds that a statement may take which reads or changes whole tables."""

CLOSE_WAIT = 3.0
"""Seconds that the closing of all connections may take."""


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
            _make_file(Path(file))
            opened = partial(sqlite_engine, file, lock_wait=LOCK_WAIT)
            self.writer = opened(size=1, begin="BEGIN IMMEDIATE", statement_wait=None)
            self.reader = opened(size=4, begin=None, statement_wait=READ_WAIT)
            self.patient = opened(size=1, begin="BEGIN", statement_wait=PATIENT_WAIT)
        else:
            opened = partial(postgresql_engine, self.url)
            self.writer = opened(
                statement_wait=STATEMENT_WAIT,
                settings=_writer_settings(),
                pool_size=1,
                max_overflow=0,
            )
            self.reader = opened(
                statement_wait=READ_WAIT,
                settings={},
                pool_size=4,
                max_overflow=0,
                pool_timeout=READ_WAIT,
                pool_pre_ping=True,
                **_EACH_FOR_ITSELF,
            )
            self.patient = opened(statement_wait=PATIENT_WAIT, settings={}, poolclass=NullPool)

    async def close(self) -> None:
        """A server that does not answer is not waited for."""
        engines = (self.writer, self.reader, self.patient)
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_WAIT):
                await asyncio.gather(*(engine.dispose() for engine in engines))

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
        async with self.reader.connect() as connection, _dropped_on_failure(connection):
            yield connection

    @asynccontextmanager
    async def reading_once(self) -> AsyncIterator[AsyncConnection]:
        """One snapshot for all that is read, however long that takes."""
        async with self.patient.connect() as connection, _dropped_on_failure(connection):
            if not self.is_sqlite:
                await connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection


@asynccontextmanager
async def _dropped_on_failure(connection: AsyncConnection) -> AsyncIterator[None]:
    """Rolling back what a silent server was asked for would wait for it once more."""
    try:
        yield
    except BaseException:
        with suppress(SQLAlchemyError, OSError):
            await connection.invalidate()
        raise


def _make_file(file: Path) -> None:
    """Here and nowhere else: where a file is missing later, its log is."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.touch()
    except OSError as error:
        raise Unavailable(
            f"The write store's file {file} cannot be made ({error.strerror}):"
            " set DIPTYCH_DATA or DIPTYCH_DATABASE_URL to another place."
        ) from error


def _writer_settings() -> dict[str, str]:
    return {
        "lock_timeout": milliseconds(LOCK_WAIT),
        # A process that was paused inside a transaction must not hold the head for good.
        "idle_in_transaction_session_timeout": milliseconds(IDLE_WAIT),
    }


# Without transactions there is nothing to begin and to roll back: two trips less for each read.
_EACH_FOR_ITSELF = {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True}

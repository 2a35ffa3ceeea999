"""What the drivers report, of real servers: whether it is an outage or a fault."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.bus import running_bus
from commands.outcome import CommandFault
from commands.store.database import Database
from commands.store.unavailable import is_outage
from tests.commands.conftest import Clock
from tests.commands.recorded import execute
from tests.commands.wanted import customer


async def error_of(database: Database, *statements: str) -> BaseException:
    """What the last of the statements raises, on the writer's connection."""

    async def run() -> None:
        async with database.writer.connect() as connection:
            for statement in statements:
                await connection.execute(text(statement))

    (error,) = await asyncio.gather(run(), return_exceptions=True)
    assert isinstance(error, BaseException)
    return error


IN_BOTH = [
    ("SELECT 1 FROM nowhere", False),
    ("SELEKT 1", False),
    ("SELECT nothing FROM log_head", False),
    ("INSERT INTO log_head VALUES (1, 0, 0)", False),
    ("INSERT INTO log_head VALUES (2, 0, 0)", False),
    ("INSERT INTO streams (stream) VALUES ('s')", False),
]
IN_POSTGRESQL = [
    ("SELECT 1 / 0", False),
    ("SELECT 99999999999999999999999::int", False),
    ("DO $$ BEGIN RAISE insufficient_privilege; END $$", False),
    ("DO $$ BEGIN RAISE undefined_function; END $$", False),
    ("DO $$ BEGIN RAISE data_corrupted; END $$", False),
    ("DO $$ BEGIN RAISE invalid_password; END $$", False),
    ("DO $$ BEGIN RAISE disk_full; END $$", True),
    ("DO $$ BEGIN RAISE out_of_memory; END $$", True),
    ("DO $$ BEGIN RAISE too_many_connections; END $$", True),
    ("DO $$ BEGIN RAISE io_error; END $$", True),
    ("DO $$ BEGIN RAISE connection_failure; END $$", True),
    ("DO $$ BEGIN RAISE cannot_connect_now; END $$", True),
    ("DO $$ BEGIN RAISE serialization_failure; END $$", True),
    ("DO $$ BEGIN RAISE deadlock_detected; END $$", True),
    ("SELECT pg_terminate_backend(pg_backend_pid())", True),
    ("SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(9)", True),
]


@pytest.mark.parametrize(("statement", "is_one"), IN_BOTH)
async def test_a_statement_that_is_wrong_is_a_fault_on_both(
    database: Database, statement: str, is_one: bool
) -> None:
    assert is_outage(await error_of(database, statement)) is is_one


@pytest.mark.parametrize(("statement", "is_one"), IN_POSTGRESQL)
async def test_of_postgresql_it_goes_by_the_sqlstate(
    postgres: str, statement: str, is_one: bool
) -> None:
    database = Database(postgres)
    assert is_outage(await error_of(database, statement)) is is_one
    await database.close()


@pytest.mark.parametrize(
    ("before", "statement"),
    [
        ("SET LOCAL statement_timeout = 20", "SELECT pg_sleep(9)"),
        ("SET TRANSACTION READ ONLY", "UPDATE log_head SET position = 0"),
    ],
)
async def test_of_postgresql_a_timeout_and_a_read_only_server_are_outages(
    postgres: str, before: str, statement: str
) -> None:
    database = Database(postgres)
    assert is_outage(await error_of(database, before, statement))
    await database.close()


async def test_a_value_that_the_driver_cannot_send_is_a_fault(postgres: str) -> None:
    database = Database(postgres)
    async with database.writer.connect() as connection:
        for value in ("a", 2**70):
            with pytest.raises(DBAPIError) as raised:
                await connection.exec_driver_sql("SELECT $1::int", (value,))
            assert not is_outage(raised.value)
    await database.close()


@pytest.mark.parametrize("place", ["host=/nowhere", "host=127.0.0.1&port=1"])
async def test_a_server_that_cannot_be_reached_is_an_outage(place: str) -> None:
    database = Database(f"postgresql+asyncpg://postgres@/x?{place}")
    assert is_outage(await error_of(database, "SELECT 1"))
    await database.close()


async def locked(file: Path, connection: AsyncConnection) -> None:
    with sqlite3.connect(file, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        await connection.exec_driver_sql("PRAGMA busy_timeout = 10")
        await connection.exec_driver_sql("BEGIN IMMEDIATE")


async def full(_: Path, connection: AsyncConnection) -> None:
    await connection.exec_driver_sql("PRAGMA max_page_count = 1")
    await connection.exec_driver_sql("INSERT INTO categories VALUES (zeroblob(1000000))")


async def read_only(_: Path, connection: AsyncConnection) -> None:
    await connection.exec_driver_sql("PRAGMA query_only = ON")
    await connection.exec_driver_sql("DELETE FROM categories")


async def gone(file: Path, connection: AsyncConnection) -> None:
    await connection.exec_driver_sql(f"ATTACH '{file.parent}/no/such/folder' AS other")


async def no_database(file: Path, connection: AsyncConnection) -> None:
    other = file.with_name("other")
    other.write_bytes(b"no database at all, " * 100)
    await connection.exec_driver_sql(f"ATTACH '{other}' AS other")
    await connection.exec_driver_sql("SELECT * FROM other.sqlite_master")


@pytest.mark.parametrize(
    ("trouble", "is_one"),
    [(locked, True), (full, True), (read_only, True), (gone, True), (no_database, False)],
)
async def test_of_sqlite_it_goes_by_the_error_code(
    sqlite: str, trouble: Callable[[Path, AsyncConnection], Awaitable[None]], is_one: bool
) -> None:
    database = Database(sqlite)
    async with database.reading() as connection:
        with pytest.raises(DBAPIError) as raised:
            await trouble(Path(str(database.url.database)), connection)
    assert is_outage(raised.value) is is_one
    await database.close()


async def test_a_missing_table_is_told_as_a_fault_and_a_lost_server_as_an_outage(
    database: Database, clock: Clock
) -> None:
    async with running_bus(database, clock) as bus:
        await execute(database, "ALTER TABLE streams RENAME TO elsewhere")
        with pytest.raises(CommandFault) as fault:
            await bus.handle(customer())
        assert isinstance(fault.value.__cause__, DBAPIError)
        await execute(database, "ALTER TABLE elsewhere RENAME TO streams")
        await bus.handle(customer())

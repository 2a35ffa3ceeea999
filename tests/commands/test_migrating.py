"""Migrations bring any database to the tables that the program declares."""

import asyncio
import logging

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from commands.bus import running_bus
from commands.store.database import Database
from commands.store.migrating import OutdatedDatabase, ensure_current, known, migrate, newest
from commands.store.tables import metadata
from tests.commands.conftest import Clock
from tests.commands.recorded import accepted, execute, rows
from tests.commands.wanted import customer


@pytest.fixture
async def empty(database: Database) -> Database:
    """A database with nothing in it."""
    async with database.writer.begin() as connection:
        await connection.run_sync(metadata.drop_all)
        await connection.execute(text("DROP TABLE alembic_version"))
    return database


def difference(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


async def test_the_migrated_tables_are_the_declared_ones(empty: Database) -> None:
    await ensure_current(empty, migrating=False)
    async with empty.writer.connect() as connection:
        assert await connection.run_sync(difference) == []
    assert await rows(empty, "SELECT version_num FROM alembic_version") == [(newest(),)]
    assert await rows(empty, "SELECT * FROM log_head") == [(1, 0, 0)]


async def test_what_is_current_is_left_alone(database: Database, clock: Clock) -> None:
    async with running_bus(database, clock) as bus:
        accepted(await bus.handle(customer()))
    await ensure_current(database, migrating=True)
    await ensure_current(database, migrating=False)
    assert await migrate(database) == newest()
    assert await rows(database, "SELECT position FROM log_head") == [(1,)]


async def test_what_was_brought_up_to_date_is_told_once(
    empty: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "commands.store.migrating"):
        for _ in range(2):
            await ensure_current(empty, migrating=True)
    told = [r.getMessage() for r in caplog.records if r.name == "commands.store.migrating"]
    assert told == [f"The tables are brought from revision none to {newest()}."]


async def test_two_processes_may_start_at_once(empty: Database, url: str) -> None:
    other = Database(url)
    await asyncio.gather(
        ensure_current(empty, migrating=True), ensure_current(other, migrating=True)
    )
    assert await rows(other, "SELECT * FROM log_head") == [(1, 0, 0)]
    await other.close()


@pytest.mark.parametrize("migrating", [True, False])
async def test_the_tables_of_a_newer_version_are_refused(
    database: Database, migrating: bool
) -> None:
    await execute(database, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(OutdatedDatabase) as refused:
        await ensure_current(database, migrating=migrating)
    assert str(refused.value) == (
        "The database has revision 9999, which this version of Diptych does not know:"
        " start the newer version that migrated it."
    )


async def test_the_tables_of_an_older_version_are_refused_unless_it_may_migrate(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    current = newest()
    monkeypatch.setattr("commands.store.migrating.newest", lambda: "9999")
    with pytest.raises(OutdatedDatabase) as refused:
        await ensure_current(database, migrating=False)
    assert str(refused.value) == (
        f"The database has revision {current} and this version of Diptych needs 9999:"
        " run 'diptych migrate' once no older version uses it."
    )
    assert current in known()


async def test_a_folder_that_is_missing_is_made(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("data") / "deep" / "write.sqlite"
    database = Database(f"sqlite+aiosqlite:///{path}")
    await ensure_current(database, migrating=True)
    assert await rows(database, "PRAGMA journal_mode") == [("wal",)]
    assert await rows(database, "PRAGMA synchronous") == [(2,)]
    assert await rows(database, "PRAGMA foreign_keys") == [(1,)]
    await database.close()

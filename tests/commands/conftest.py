"""The write side on real databases: each test that needs one gets a fresh one of each kind."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import make_url

from commands.bus import Bus, running_bus
from commands.store.database import Database
from commands.store.migrating import ensure_current
from tests.commands.deciding import NOW


class Clock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def step(self, by: timedelta) -> None:
        self.now += by


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def _migrated(url: str) -> None:
    database = Database(url)
    await ensure_current(database, migrating=True)
    await database.close()


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with tables and no rows, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite"
    asyncio.run(_migrated(f"sqlite+aiosqlite:///{path}"))
    with closing(sqlite3.connect(path)) as connection:
        # The file alone is copied: all of it has to stand there.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str) -> str:
    """The URL of a PostgreSQL database with tables and no rows, to be copied."""
    # A test's database outlives no power cut.
    asyncio.run(_execute(postgres_url, "ALTER SYSTEM SET fsync = off"))
    asyncio.run(_execute(postgres_url, "SELECT pg_reload_conf()"))
    asyncio.run(_execute(postgres_url, "CREATE DATABASE migrated"))
    url = _named(postgres_url, "migrated")
    asyncio.run(_migrated(url))
    return url


def _named(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def sqlite(migrated_sqlite: Path, tmp_path: Path) -> str:
    """The URL of a SQLite database of this test's own."""
    path = tmp_path / "write.sqlite"
    shutil.copyfile(migrated_sqlite, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
def postgres(migrated_postgres: str, postgres_url: str) -> Iterator[str]:
    """The URL of a PostgreSQL database of this test's own."""
    name = f"test_{uuid4().hex}"
    asyncio.run(_execute(postgres_url, f"CREATE DATABASE {name} TEMPLATE migrated"))
    yield _named(postgres_url, name)
    asyncio.run(_execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """The URL of a database of this test's own, of either kind."""
    value: str = request.getfixturevalue(request.param)
    return value


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    yield database
    await database.close()


@pytest.fixture
async def bus(database: Database, clock: Clock) -> AsyncIterator[Bus]:
    async with running_bus(database, clock) as bus:
        yield bus


@pytest.fixture
async def other_bus(url: str, clock: Clock) -> AsyncIterator[Bus]:
    """A bus that shares nothing with the first but the database, as another process would."""
    database = Database(url)
    async with running_bus(database, clock) as bus:
        yield bus
    await database.close()

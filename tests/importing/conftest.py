"""A fresh write store for each test, with its tables."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import make_url

from commands.bus import Bus, running_bus
from commands.store.database import Database
from commands.store.migrating import ensure_current


async def _new_postgres_database(url: str) -> str:
    name = f"importing_{uuid4().hex}"
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    if request.param == "postgres":
        url = await _new_postgres_database(request.getfixturevalue("postgres_url"))
    else:
        url = f"sqlite+aiosqlite:///{tmp_path / 'write.sqlite'}"
    database = Database(url)
    await ensure_current(database, migrating=True)
    yield database
    await database.close()


@pytest.fixture
async def bus(database: Database) -> AsyncIterator[Bus]:
    async with running_bus(database) as bus:
        yield bus

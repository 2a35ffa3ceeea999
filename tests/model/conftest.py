"""A write store to be copied, and small chunks."""

import asyncio
from pathlib import Path

import pytest

from commands.store.database import Database
from commands.store.migrating import ensure_current
from projections import fanning


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with tables and no rows."""
    path = tmp_path_factory.mktemp("tables") / "template.sqlite"

    async def migrate() -> None:
        database = Database(f"sqlite+aiosqlite:///{path}")
        await ensure_current(database, migrating=True)
        await database.close()

    asyncio.run(migrate())
    return path


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a rename takes several."""
    monkeypatch.setattr(fanning, "CHUNK", 2)

"""A write store to be copied, and small chunks."""

import asyncio
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.model.asking")

from commands.store.database import Database  # noqa: E402
from commands.store.migrating import ensure_current  # noqa: E402
from projections import fanning  # noqa: E402


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

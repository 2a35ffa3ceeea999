"""Brings a database's tables to the shape that this version of the program needs."""

import logging
from collections.abc import Sequence
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from commands.store.database import Database

logger = logging.getLogger(__name__)


class OutdatedDatabase(Exception):
    """The tables are of another version of the program."""


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        # Two processes that start at once: the second finds the work done.
        connection.execute(text("SELECT pg_advisory_xact_lock(4711)"))
    if (current := _current(connection)) != newest():
        command.upgrade(_config(connection), "head")
        logger.info("The tables are brought from revision %s to %s.", current or "none", newest())


def newest() -> str:
    """The revision that this version of the program needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def known() -> Sequence[str]:
    """All revisions that this version of the program knows."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]


async def migrate(database: Database) -> str:
    """Applies what is missing, in one transaction, and answers the revision."""
    await database.reach()
    # PostgreSQL's writer has deadlines that changing a large table may well pass.
    engine = database.writer if database.is_sqlite else database.patient
    async with engine.begin() as connection:
        await connection.run_sync(_upgrade)
    return newest()


async def ensure_current(database: Database, *, migrating: bool) -> None:
    """Makes sure that the tables are this version's.

    An empty database is filled; an older one is migrated where `migrating`, and refused otherwise,
    since processes of the older version may be using it.
    """
    await database.reach()
    async with database.reader.connect() as connection:
        current = await connection.run_sync(_current)
    if current == newest():
        return
    if current is not None and current not in known():
        raise OutdatedDatabase(
            f"The database has revision {current}, which this version of Diptych does not know:"
            " start the newer version that migrated it."
        )
    if current is not None and not migrating:
        raise OutdatedDatabase(
            f"The database has revision {current} and this version of Diptych needs {newest()}:"
            " run 'diptych migrate' once no older version uses it."
        )
    await migrate(database)

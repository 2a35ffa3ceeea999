"""`diptych migrate`: bring the write store's tables to this version's shape."""

from commands.store.database import Database
from commands.store.migrating import migrate as bring_up_to_date
from schema.cli.stores import write_store
from schema.settings import Settings


async def migrate(settings: Settings) -> int:
    """Applies what is missing and says which revision the tables have now."""
    database = Database(settings.database_url)
    try:
        revision = await bring_up_to_date(database)
    finally:
        await database.close()
    print(f"The tables are at revision {revision}: {write_store(settings)}")
    return 0

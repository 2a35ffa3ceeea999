"""A version that refuses to start leaves to the other version what is the other's."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pymongo import AsyncMongoClient

from commands.store.database import Database
from commands.store.migrating import OutdatedDatabase, migrate
from schema.app import running
from schema.settings import Settings
from tests.commands.recorded import execute

CHECKPOINT = {"_id": "order", "collection": "order.1", "version": 3, "position": 7}
DOCUMENT = {"_id": "ord_1", "position": 7, "revision": 0, "since": 0}


async def test_tables_of_another_version_are_refused_before_a_document_is_touched(
    mongo_url: str, tmp_path: Path
) -> None:
    name = f"test_{uuid4().hex}"
    settings = Settings(data=tmp_path, mongo_url=mongo_url.replace("/?", f"/{name}?"))
    tables = Database(settings.database_url)
    await migrate(tables)
    await execute(tables, "UPDATE alembic_version SET version_num = '9999'")
    await tables.close()
    async with AsyncMongoClient[dict[str, Any]](mongo_url) as client:
        stored = client[name]
        await stored["checkpoints"].insert_one(CHECKPOINT)
        await stored["order.1"].insert_one(DOCUMENT)
        with pytest.raises(OutdatedDatabase):
            async with running(settings):
                pass
        assert await stored["checkpoints"].find().to_list() == [CHECKPOINT]
        assert await stored["order.1"].find().to_list() == [DOCUMENT]
        await client.drop_database(name)

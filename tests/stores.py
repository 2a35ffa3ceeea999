"""Stores over databases of their own, for the tests that need documents."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from pymongo import MongoClient

from readmodels.store import DriverName, Store


@asynccontextmanager
async def opened_store(
    url: str, driver: DriverName = "motor", database: str | None = None
) -> AsyncIterator[Store]:
    """A store over an empty database, dropped afterwards, or over one that is given."""
    name = database or f"test_{uuid4().hex}"
    async with await Store.open(url, name, driver) as store:
        yield store
    if database is None:
        with MongoClient[dict[str, object]](url) as client:
            client.drop_database(name)


def emptied(url: str, database: str) -> None:
    """Empty a database for one more example; making its indexes again would take longer than the
    example does."""
    with MongoClient[dict[str, object]](url) as client:
        for name in client[database].list_collection_names():
            client[database][name].delete_many({})

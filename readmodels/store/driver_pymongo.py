"""PyMongo's own asynchronous client."""

from bson import Timestamp
from pymongo import AsyncMongoClient
from pymongo.asynchronous.change_stream import AsyncChangeStream
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase

from readmodels.store import driver
from readmodels.store.driver import CODEC, JOURNALED, Raw


class PyMongoDriver:
    def __init__(self, url: str, database: str) -> None:
        self._client: AsyncMongoClient[Raw] = AsyncMongoClient(url, **driver.CLIENT_OPTIONS)
        self.database: AsyncDatabase[Raw] = self._client.get_database(
            database, codec_options=CODEC, write_concern=JOURNALED
        )

    async def session(self, *, snapshot: bool = False) -> AsyncClientSession:
        return self._client.start_session(causal_consistency=False, snapshot=snapshot)

    async def begin(self, session: AsyncClientSession) -> None:
        await session.start_transaction(write_concern=JOURNALED)

    async def watch(
        self, collection: AsyncCollection[Raw], since: Timestamp
    ) -> AsyncChangeStream[Raw]:
        return await collection.watch(full_document="updateLookup", start_at_operation_time=since)

    async def close(self) -> None:
        await self._client.close()

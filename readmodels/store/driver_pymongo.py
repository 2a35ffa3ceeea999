"""PyMongo's own asynchronous client."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from itertools import count

from bson import Timestamp
from pymongo import AsyncMongoClient
from pymongo.asynchronous.change_stream import AsyncChangeStream
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError

from readmodels.store import driver
from readmodels.store.driver import CODEC, JOURNALED, Raw
from readmodels.store.transactions import Step, may_commit_again


class PyMongoDriver:
    def __init__(self, url: str, database: str) -> None:
        self._client: AsyncMongoClient[Raw] = AsyncMongoClient(url, **driver.CLIENT_OPTIONS)
        self.database: AsyncDatabase[Raw] = self._client.get_database(
            database, codec_options=CODEC, write_concern=JOURNALED
        )
        self._idle: list[AsyncClientSession] = []

    async def session(self, *, snapshot: bool = False) -> AsyncClientSession:
        return self._client.start_session(causal_consistency=False, snapshot=snapshot)

    async def transact(self, steps: Sequence[Step]) -> None:
        # One session serves transaction after transaction; it is given up with one that failed.
        session = self._idle.pop() if self._idle else await self.session()
        try:
            await session.start_transaction(write_concern=JOURNALED)
            for step in steps:
                collection = self.database[step.collection]
                step.require(await collection.bulk_write(step.operations, session=session))
            await _commit(session)
        except BaseException:
            await session.end_session()
            raise
        self._idle.append(session)

    async def watch(
        self, collection: AsyncCollection[Raw], wanted: Raw, since: Timestamp
    ) -> AsyncChangeStream[Raw]:
        return await collection.watch([{"$match": wanted}], start_at_operation_time=since)

    async def close(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(driver.CLOSE_SECONDS):
                await self._client.close()


async def _commit(session: AsyncClientSession) -> None:
    for attempt in count(1):
        try:
            await session.commit_transaction()
            return
        except PyMongoError as error:
            if not may_commit_again(error, attempt):
                raise

"""Motor, the asynchronous driver that runs PyMongo in threads."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any, cast

from bson import Timestamp
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import MongoClient
from pymongo.asynchronous.change_stream import AsyncChangeStream
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.client_session import ClientSession
from pymongo.errors import PyMongoError

from readmodels.store import driver
from readmodels.store.driver import CODEC, JOURNALED, Raw
from readmodels.store.transactions import Step, may_commit_again


class MotorDriver:
    def __init__(self, url: str, database: str) -> None:
        self._client: Any = AsyncIOMotorClient(url, **driver.CLIENT_OPTIONS)
        self.database = cast(
            AsyncDatabase[Raw],
            self._client.get_database(database, codec_options=CODEC, write_concern=JOURNALED),
        )
        self._transactions = _Transactions(self._client.delegate, database)
        self._threads = ThreadPoolExecutor(thread_name_prefix="mongodb transaction")

    async def session(self, *, snapshot: bool = False) -> AsyncClientSession:
        return cast(
            AsyncClientSession,
            await self._client.start_session(causal_consistency=False, snapshot=snapshot),
        )

    async def transact(self, steps: Sequence[Step]) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._threads, self._transactions.transact, steps)

    async def watch(
        self, collection: AsyncCollection[Raw], wanted: Raw, since: Timestamp
    ) -> AsyncChangeStream[Raw]:
        return cast(
            AsyncChangeStream[Raw],
            cast(Any, collection).watch([{"$match": wanted}], start_at_operation_time=since),
        )

    async def close(self) -> None:
        loop = asyncio.get_running_loop()
        closing = loop.run_in_executor(self._threads, self._client.close)
        await asyncio.wait([closing], timeout=driver.CLOSE_SECONDS)
        self._threads.shutdown(wait=False)


class _Transactions:
    """By the client that Motor runs in threads: a transaction of a dozen steps goes to a thread and
    comes back once, not a dozen times with a wait for the event loop between any two."""

    def __init__(self, client: MongoClient[Raw], database: str) -> None:
        self._client = client
        self._database = client.get_database(database, codec_options=CODEC)
        self._idle: list[ClientSession] = []

    def transact(self, steps: Sequence[Step]) -> None:
        session = self._session()
        try:
            session.start_transaction(write_concern=JOURNALED)
            for step in steps:
                collection = self._database[step.collection]
                step.require(collection.bulk_write(step.operations, session=session))
            _commit(session)
        except BaseException:
            session.end_session()
            raise
        self._idle.append(session)

    def _session(self) -> ClientSession:
        """One serves transaction after transaction; it is given up with one that failed."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._client.start_session(causal_consistency=False)


def _commit(session: ClientSession) -> None:
    for attempt in count(1):
        try:
            session.commit_transaction()
            return
        except PyMongoError as error:
            if not may_commit_again(error, attempt):
                raise

"""A view's documents as they are read for those who follow them: one that cannot be decoded is
given as such, and keeps nobody from the others."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from functools import partial
from itertools import islice
from typing import Final, Generic, TypeVar

from pymongo.errors import PyMongoError

from readmodels.store.codec import decode, place_of
from readmodels.store.connection import Connection, answering
from readmodels.store.driver import Raw
from readmodels.store.errors import Unreachable, Unreadable
from readmodels.store.hints import along
from readmodels.store.lists import beyond, read_page
from readmodels.store.paging import PageRequest
from readmodels.store.queries import Query, query_of_constants
from readmodels.view import D, Filter, Ordering, ascending, view_of

T = TypeVar("T")

_AT_ONCE: Final = 100
"""Documents that are read and decoded before others have their turn."""

_ORDER: Final = ascending("position.at", "_id")

_PAUSE_SECONDS: Final = 0.2

_ATTEMPTS: Final = 4
"""Readings that MongoDB may refuse before that counts as a fault: a cursor ends with an error where
its collection is dropped."""


class FollowedDocuments(Generic[D]):
    """`collection` names the collection that serves the view now. With `patiently`, a reading goes
    on when MongoDB answers again; without, it raises Unreachable."""

    def __init__(
        self, connection: Connection, document: type[D], collection: Callable[[], str]
    ) -> None:
        self._connection = connection
        self._document = document
        self._collection = collection
        self.view = view_of(document)

    async def newest(self, filter: Filter, count: int) -> Sequence[D]:
        """The beginning of the view's list. Raises Unreadable."""
        collection = self._connection.collection(self._collection())
        request = PageRequest(first=count, filter=filter)
        async with answering():
            page = await read_page(collection, self._document, request, 0)
        return page.nodes

    async def by_id(self, ids: Collection[str]) -> AsyncIterator[D | Unreadable]:
        """Those that there are. It waits for MongoDB."""
        left = iter(ids)
        while part := list(islice(left, _AT_ONCE)):
            for raw in await self._patiently(partial(self._with_ids, part)):
                yield self._decoded(raw)
            await asyncio.sleep(0)

    async def by_position(
        self, after: int, among: Filter | None = None, *, patiently: bool = False
    ) -> AsyncIterator[D | Unreadable]:
        """Those that stand after a position, in the order of theirs: all, or those that a filter
        may ever have matched."""
        wanted: Query = {"position.at": {"$gt": after}}
        narrowed = query_of_constants(among) if among else {}
        while True:
            read = partial(self._beyond, {"$and": [narrowed, wanted]} if narrowed else wanted)
            part = await (self._patiently(read) if patiently else read())
            place = place_of(part[-1]) if part else None
            for raw in part:
                yield self._decoded(raw)
            if place is None or len(part) < _AT_ONCE:
                return
            wanted = beyond(_ORDER, place)

    async def _with_ids(self, ids: Sequence[str]) -> Sequence[Raw]:
        async with answering():
            found = self._connection.collection(self._collection()).find({"_id": {"$in": ids}})
            return await found.to_list(None)

    async def _beyond(self, wanted: Query) -> Sequence[Raw]:
        async def read(hint: Ordering | None) -> Sequence[Raw]:
            found = self._connection.collection(self._collection()).find(
                wanted, sort=_ORDER, limit=_AT_ONCE, hint=hint
            )
            return await found.to_list(_AT_ONCE)

        async with answering():
            return await along(_ORDER, read)

    def _decoded(self, raw: Raw) -> D | Unreadable:
        try:
            return decode(raw, self._document)
        except Unreadable as unreadable:
            return unreadable

    async def _patiently(self, read: Callable[[], Awaitable[T]]) -> T:
        outage, user, refused = self._connection.outage, f"live {self.view.name}", 0
        while True:
            try:
                found = await read()
            except Unreachable as lost:
                outage.failed(user, lost)
            except PyMongoError:
                outage.succeeded(user)  # It answers.
                refused += 1
                if refused == _ATTEMPTS:
                    raise
            else:
                outage.succeeded(user)
                return found
            await asyncio.sleep(_PAUSE_SECONDS)

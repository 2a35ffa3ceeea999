"""A view's documents as who follows its list reads them."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from functools import partial
from typing import Final, Generic

from readmodels.store.codec import decode
from readmodels.store.connection import Connection, reaching
from readmodels.store.driver import Raw
from readmodels.store.hints import along
from readmodels.store.lists import beyond, read_page
from readmodels.store.paging import PageRequest
from readmodels.view import D, Filter, Ordering, ascending

_AT_ONCE: Final = 500
_ORDER: Final = ascending("position", "_id")


class StoredList(Generic[D]):
    def __init__(
        self, connection: Connection, document: type[D], collection: Callable[[], str]
    ) -> None:
        self._connection = connection
        self._document = document
        self._collection = collection

    async def newest(self, filter: Filter, count: int) -> AsyncIterator[D]:
        collection = self._connection.collection(self._collection())
        with reaching():
            request = PageRequest(first=count, filter=filter)
            page = await read_page(collection, self._document, request, 0)
        for document in page.nodes:
            yield document

    async def by_id(self, ids: Iterable[str]) -> AsyncIterator[D]:
        wanted: Raw = {"_id": {"$in": list(ids)}}
        with reaching():
            async for raw in self._connection.collection(self._collection()).find(wanted):
                yield decode(raw, self._document)

    async def by_position(self, after: int) -> AsyncIterator[D]:
        wanted: Raw = {"position": {"$gt": after}}
        while True:
            with reaching():
                part = await along(_ORDER, partial(self._part, wanted))
            for document in part:
                yield document
            if len(part) < _AT_ONCE:
                return
            last = part[-1]
            wanted = dict(beyond(_ORDER, (last.position.at, last.id)))

    async def _part(self, wanted: Raw, hint: Ordering | None) -> Sequence[D]:
        found = self._connection.collection(self._collection()).find(
            wanted, sort=_ORDER, limit=_AT_ONCE, hint=hint
        )
        return [decode(raw, self._document) for raw in await found.to_list(_AT_ONCE)]

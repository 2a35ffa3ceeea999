"""The one way to the documents: reading them, waiting for them, following them."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial
from typing import Any, Self

from commands.supervision import Outage, Supervisor, cancel_and_wait, supervised_by
from readmodels.filter import words_of
from readmodels.store.checkpoint import Checkpoint, Owner
from readmodels.store.checkpoints import Checkpoints, Condition
from readmodels.store.codec import decode
from readmodels.store.connecting import connect, first_use, require_replica_set
from readmodels.store.connection import Connection, answering, reaching
from readmodels.store.cursors import sorting_of
from readmodels.store.driver import DriverName
from readmodels.store.errors import StaleRead
from readmodels.store.followed_documents import FollowedDocuments
from readmodels.store.layout import convert, convert_all
from readmodels.store.list_change import Change
from readmodels.store.lists import read_page
from readmodels.store.live import LiveView
from readmodels.store.live_list import LiveList
from readmodels.store.paging import Page, PageRequest
from readmodels.store.queries import query_of
from readmodels.store.rebuilding import NewCollection
from readmodels.store.search import check_hit_cursor, read_hits
from readmodels.store.snapshot import Snapshot, read_snapshot
from readmodels.store.status import ViewStatus, read_statuses
from readmodels.store.together import WritesTogether
from readmodels.store.watch import CheckpointWatch
from readmodels.store.writing import ViewWriter
from readmodels.values import Position
from readmodels.view import D, Document, Filter, view_of


class Store:
    """Documents of all views in one database. Every method raises Unreachable while MongoDB does
    not answer, except `changes`, which goes on when it does again."""

    _supervisor: Supervisor

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._checkpoints = Checkpoints()
        self._together = WritesTogether(connection)
        self._watch = CheckpointWatch(connection, self._checkpoints)
        self._live: dict[type[Any], LiveView[Any]] = {}
        self._live_lists: dict[type[Any], LiveList[Any]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._own = AsyncExitStack()

    @classmethod
    async def open(
        cls,
        url: str,
        database: str,
        driver: DriverName = "motor",
        supervisor: Supervisor | None = None,
    ) -> Self:
        """Connect and begin to follow the views' checkpoints. Raises Unusable for what can never
        be the read store."""
        store = cls(Connection(connect(url, database, driver)))
        try:
            with first_use(), reaching():
                await require_replica_set(store._connection.driver)
                await convert_all(store._connection)
                await store._watch.read()
        except BaseException:
            await store._connection.driver.close()
            raise
        store._supervisor = await store._own.enter_async_context(supervised_by(supervisor))
        store._start(store._watch.run, "checkpoints")
        return store

    async def close(self) -> None:
        await cancel_and_wait(*self._tasks)
        await self._own.aclose()
        await self._connection.driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def ping(self) -> None:
        """Whether MongoDB answers."""
        async with answering():
            await self._connection.driver.database.command("ping")

    async def get(self, document: type[D], id: str, at: int = 0, timeout: float = 0) -> D | None:
        """The document of an id, as new as `find_by` says."""
        return await self.find_by(document, "_id", id, at, timeout)

    async def get_many(
        self, document: type[D], ids: Iterable[str], at: int = 0, timeout: float = 0
    ) -> Mapping[str, D]:
        """The documents that there are, by id, as new as `find_by` says."""
        writer = self.writer(document)

        async def read(collection: str) -> Sequence[D]:
            async with answering():
                return list((await writer.load(collection, ids)).values())

        found = await self._as_new_as(document, at, timeout, read)
        return {each.id: each for each in found}

    async def find_by(
        self, document: type[D], field: str, value: Any, at: int = 0, timeout: float = 0
    ) -> D | None:
        """The document whose indexed field has a value, as soon as it shows every fact up to the
        position `at`. Raises StaleRead when that takes longer than `timeout` seconds.

        What fans out to other documents is not waited for.
        """

        async def read(collection: str) -> Sequence[D]:
            async with answering():
                raw = await self._connection.collection(collection).find_one({field: value})
            return [] if raw is None else [decode(raw, document)]

        found = await self._as_new_as(document, at, timeout, read)
        return found[0] if found else None

    async def _as_new_as(
        self,
        document: type[D],
        at: int,
        timeout: float,
        read: Callable[[str], Awaitable[Sequence[D]]],
    ) -> Sequence[D]:
        deadline = asyncio.get_running_loop().time() + timeout
        await self._until(document, at, deadline, lambda now: now.shows(at))
        while True:
            known = self.checkpoint(document)
            found = await read(known.collection)
            if _are_up_to(at, found, known):
                return found
            await self._until(document, at, deadline, partial(_are_up_to, at, found))

    async def page(self, document: type[D], request: PageRequest) -> Page[D]:
        """A part of the view's list, or of the hits where words are looked for. Raises
        BadCursor."""
        checkpoint = self.checkpoint(document)
        collection = self._connection.collection(checkpoint.collection)
        view = view_of(document)
        async with answering():
            if text := words_to_find(request):
                return await read_hits(collection, view, text, request, checkpoint.settled)
            return await read_page(collection, document, request, checkpoint.settled)

    async def all(self, document: type[D], filter: Filter) -> Sequence[D]:
        """Every document that a filter leaves, in the view's first ordering: for what is bounded
        by its nature."""
        found = self._connection.collection(self.checkpoint(document).collection).find(
            query_of(filter), sort=next(iter(view_of(document).sorts.values())).ordering
        )
        async with answering():
            return [decode(raw, document) async for raw in found]

    async def wait(
        self,
        document: type[D],
        position: int,
        timeout: float,
        among: Filter | None = None,
    ) -> None:
        """Return as soon as the view shows a position, its reads here included, in all documents
        or in those that match a filter. Raises StaleRead when that takes longer than
        `timeout` seconds."""

        query = query_of(among)

        def shown(now: Checkpoint) -> bool:
            return now.shows(position) and not any(
                each.position <= position and each.may_concern(query) for each in now.fan_outs
            )

        await self._until(document, position, asyncio.get_running_loop().time() + timeout, shown)

    async def wait_until_shown(
        self, document: type[Document], position: int, timeout: float
    ) -> None:
        """Return as soon as the view shows a position, whatever fans out from before it: who
        follows the view is told of that. Raises StaleRead when that takes longer than `timeout`
        seconds."""
        deadline = asyncio.get_running_loop().time() + timeout
        await self._until(document, position, deadline, lambda now: now.shows(position))

    async def _until(
        self, document: type[Any], position: int, deadline: float, condition: Condition
    ) -> None:
        view = view_of(document).name
        try:
            await self._checkpoints.until(
                view, condition, deadline - asyncio.get_running_loop().time()
            )
        except TimeoutError:
            raise StaleRead(view, position, self._checkpoints.of(view).settled) from None

    def changes(
        self, document: type[D], id: str, after: Position | None = None
    ) -> AsyncGenerator[D, None]:
        """The document as it is, if newer than the position `after`, and then each newer state.

        All who follow a document get the same objects. A consumer that is slower than the changes
        gets the newest. A document that does not exist yet is waited for. It never ends by
        itself: close the iterator. Raises Unreadable where the document cannot be decoded.
        """
        live = self._live.get(document)
        if live is None:
            live = self._live[document] = self._follow_view(document)
        return live.follow(id, after, self.checkpoint(document).settled)

    def list_changes(
        self, document: type[D], filter: Filter, after: Position | None = None
    ) -> AsyncGenerator[Change[D], None]:
        """The first 100 documents of the view's list, as added, and then what changes in it; or
        what has changed since a position, as added where there was no such document then, and
        changes.

        All who follow a list get the same objects. Of what a consumer is too slow for it gets the
        newest. It never ends by itself: close the iterator. Raises Unreadable where a document
        that concerns the list cannot be decoded.
        """
        live = self._live_lists.get(document)
        if live is None:
            live = self._live_lists[document] = self._follow_list(document)
        return live.follow(filter) if after is None else live.resume(filter, after.at)

    def checkpoint(self, document: type[Any]) -> Checkpoint:
        """How far the view has come, as far as this process knows."""
        return self._checkpoints.of(view_of(document).name)

    async def read_checkpoints(self) -> Sequence[Checkpoint]:
        """Every view's checkpoint, from the database."""
        async with answering():
            return await self._connection.read_checkpoints()

    async def statuses(self) -> Sequence[ViewStatus]:
        """How every view stands, by name."""
        async with answering():
            return await read_statuses(self._connection)

    async def convert(self, document: type[Any], owner: Owner) -> Checkpoint:
        """Make the view an owner's, and its documents this version's layout."""
        with reaching():
            checkpoint = await convert(self._connection, view_of(document).name, owner)
        self._checkpoints.learn(checkpoint)
        return checkpoint

    def writer(self, document: type[D]) -> ViewWriter[D]:
        """For the view's worker."""
        return ViewWriter(self._connection, self._checkpoints, self._together, document)

    async def new_collection(self, document: type[D]) -> NewCollection[D]:
        """For a rebuild of the view."""
        return await NewCollection.begin(self._connection, self.writer(document))

    def snapshot(self, document: type[D]) -> AbstractAsyncContextManager[Snapshot[D]]:
        """The view's checkpoint and all of its documents, at one moment."""
        return read_snapshot(self._connection, document, self.checkpoint(document))

    @property
    def outage(self) -> Outage:
        """Of MongoDB, as those tell who use it again and again."""
        return self._connection.outage

    @property
    def known(self) -> Checkpoints:
        """The checkpoints that this process knows, for who waits on their changes."""
        return self._checkpoints

    def _follow_view(self, document: type[D]) -> LiveView[D]:
        live = LiveView(self._followed_documents(document).by_id)
        self._follow(document, live)
        return live

    def _follow_list(self, document: type[D]) -> LiveList[D]:
        async def newest() -> Checkpoint:
            # What was learned while it was asked for may be newer, and told already.
            await self.writer(document).checkpoint()
            return self.checkpoint(document)

        live = LiveList(self._followed_documents(document), newest)
        self._follow(document, live)
        return live

    def _followed_documents(self, document: type[D]) -> FollowedDocuments[D]:
        def collection() -> str:
            return self.checkpoint(document).collection

        return FollowedDocuments(self._connection, document, collection)

    def _follow(self, document: type[D], live: LiveView[D] | LiveList[D]) -> None:
        name = view_of(document).name

        def moved(before: Checkpoint, now: Checkpoint) -> None:
            if now.view == name:
                live.moved(before, now)

        self._checkpoints.listen(moved)
        self._start(live.run, f"live {name}")

    def _start(self, run: Callable[[], Awaitable[None]], name: str) -> None:
        self._tasks.append(self._supervisor.start(name, run))


def check_cursors(document: type[D], request: PageRequest) -> None:
    """Raises BadCursor where a cursor is none of the list that is asked for."""
    searching = words_to_find(request) is not None
    for cursor in (request.after, request.before):
        if cursor is not None and searching:
            check_hit_cursor(cursor)
        elif cursor is not None:
            sorting_of(document, request.sort).place(cursor)


def words_to_find(request: PageRequest) -> str | None:
    """None where the page is one of the whole list."""
    words = words_of(request.filter) if request.filter else None
    return words if words and words.strip() else None


def _are_up_to(position: int, documents: Iterable[Document], now: Checkpoint) -> bool:
    """Whether all facts up to the position have reached these documents."""
    due = [each for each in now.fan_outs if each.position <= position]
    return not any(each.is_on_its_way_to(document) for each in due for document in documents)

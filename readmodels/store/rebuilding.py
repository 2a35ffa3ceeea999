"""A view's new collection, filled beside the one that is read and then put in its place."""

import asyncio
import re
from dataclasses import replace
from typing import Any, Final, Generic

from pymongo import ReturnDocument, UpdateOne
from pymongo.errors import OperationFailure

from readmodels.store.changes import Changes
from readmodels.store.checkpoint import LAYOUT, Checkpoint
from readmodels.store.connection import REBUILDS, Connection, reaching
from readmodels.store.errors import LeaseLost, RebuildSuperseded, Unreachable
from readmodels.store.status import end_rebuild, report_rebuild
from readmodels.store.transactions import ConditionFailed, Step
from readmodels.store.writing import StoredDocuments, ViewWriter
from readmodels.view import D

_WRITE_CONFLICT: Final = 112
_AGAIN_SECONDS: Final = 0.01


class NewCollection(Generic[D]):
    """Each one has a number of its own. Only the latest begun may take the old one's place."""

    def __init__(
        self, connection: Connection, writer: ViewWriter[D], number: int, server: object
    ) -> None:
        self._connection = connection
        self._writer = writer
        self._view = writer.view.name
        self._number = number
        self._server = server
        self._is_made = self._may_be_read = False
        # The number 1 in a collection's name is that of the view's first one.
        self.name = f"{self._view}.{number + 1}"
        self.stored = StoredDocuments(writer, self.name)

    @classmethod
    async def begin(cls, connection: Connection, writer: ViewWriter[D]) -> "NewCollection[D]":
        """Begin an empty one; what earlier attempts have left behind is dropped.

        It is made when there is something to put into it: MongoDB keeps the files of a dropped one
        for minutes, so that attempts which fail early, again and again, would pile them up.
        """
        with reaching():
            server = await connection.server()
            latest: Any = await connection.collection(REBUILDS).find_one_and_update(
                {"_id": writer.view.name},
                {"$inc": {"number": 1}, "$unset": {"reported_at": ""}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        new = cls(connection, writer, latest["number"], server)
        await new._drop_all_unread(await writer.checkpoint())
        return new

    async def fill(self, changes: Changes) -> None:
        if changes.ids or changes.parts:
            await self._make()
            await self._writer.fill(self.name, changes)

    async def index(self) -> None:
        await self._make()
        await self._writer.index(self.name)

    async def _make(self) -> None:
        if not self._is_made:
            await self._writer.create(self.name)
            self._is_made = True

    async def report(self, position: int, target: int) -> None:
        """Say how far it has come, for who asks how the views stand."""
        with reaching():
            await report_rebuild(self._connection, self._view, self._number, position, target)

    async def switch(self, held: Checkpoint, position: int, fact: str, revision: int) -> Checkpoint:
        """Let reads go to this collection, which shows a position, that of the fact; the old one is
        kept.

        Nobody owns the view afterwards. Raises LeaseLost where the checkpoint is no longer the one
        that was held, RebuildSuperseded where a later rebuild has begun, and Unreachable where
        MongoDB may have lost of what was filled. Once begun it comes to its end, cancelled or not.
        """
        documents = await self._writer.count(self.name)
        now = replace(
            held,
            collection=self.name,
            previous=held.collection,
            layout=LAYOUT,
            documents=documents,
            position=position,
            fact=fact,
            of_another_log=False,
            fan_outs=(),
            # It has come to the end of the log, however far behind the view was.
            behind_since=None,
            revision=revision,
            version=held.version + 1,
            owner=None,
            changed=None,
            failure=None,
        )
        with reaching():
            await self._require_filled()
            switching = asyncio.create_task(self._switch(held, now))
            try:
                await asyncio.shield(switching)
            except asyncio.CancelledError:
                await asyncio.gather(switching, return_exceptions=True)
                raise
        checkpoint = await self._writer.checkpoint()
        await self._drop_all_unread(checkpoint)
        return checkpoint

    async def _require_filled(self) -> None:
        """Filling is not journaled: a journaled write carries it along, if it meets the same start
        of the server."""
        await self._connection.collection(REBUILDS).update_one(
            {"_id": self._view, "number": self._number}, {"$set": {"filled": self._number}}
        )
        if await self._connection.server() != self._server:
            raise Unreachable(
                "MongoDB was started anew, or another member leads, since this rebuild of"
                f" {self._view} began, and may have lost a part of it; nothing was changed"
            )

    async def _switch(self, held: Checkpoint, now: Checkpoint) -> None:
        # What comes between is done in a moment, and ended by MongoDB in seconds: nobody tells.
        while not await self._switched(held, now):  # noqa: ASYNC110
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _switched(self, held: Checkpoint, now: Checkpoint) -> bool:
        """Not where somebody wrote the same records at the same moment, be it a report of how far
        this rebuild has come."""
        # Written, not only read: a rebuild that begins meanwhile then conflicts with it.
        latest = UpdateOne(
            {"_id": self._view, "number": self._number}, {"$set": {"switched": self._number}}
        )
        self._may_be_read = True
        try:
            await self._connection.driver.transact(
                [Step(REBUILDS, [latest], condition=True), self._connection.move((held, now))]
            )
        except ConditionFailed as failed:
            self._may_be_read = False
            if failed.collection == REBUILDS:
                raise RebuildSuperseded(self._view) from None
            raise LeaseLost(held.view, held.version) from None
        except OperationFailure as failure:
            if failure.code != _WRITE_CONFLICT:
                raise
            self._may_be_read = False
            return False
        return True

    async def discard(self) -> None:
        """Drop it, unless it is read, or it is not known whether it is: the next rebuild drops what
        was left."""
        if self._may_be_read:
            return
        with reaching():
            await end_rebuild(self._connection, self._view, self._number)
        if self._is_made:
            await self._writer.drop(self.name)

    async def _drop_all_unread(self, checkpoint: Checkpoint) -> None:
        kept = {checkpoint.collection, checkpoint.previous, self.name}
        of_this_view = re.compile(rf"{re.escape(self._view)}\.\d+")
        with reaching():
            every = await self._connection.driver.database.list_collection_names()
        for name in every:
            if of_this_view.fullmatch(name) and name not in kept:
                await self._writer.drop(name)

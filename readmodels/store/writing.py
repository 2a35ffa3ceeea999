"""What a view's worker writes: its documents and its checkpoint, all of it or nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Generic, TypeVar, cast

from pymongo import IndexModel
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import CollectionInvalid, DuplicateKeyError, OperationFailure

from readmodels.store.changes import Changes
from readmodels.store.checkpoint import Checkpoint, FanOut, Owner
from readmodels.store.checkpoints import Checkpoints
from readmodels.store.codec import decode
from readmodels.store.connection import (
    CHECKPOINTS,
    Connection,
    checkpoint_to,
    reaching,
)
from readmodels.store.driver import UNJOURNALED, Raw
from readmodels.store.errors import LeaseLost
from readmodels.store.parts import RANKS, parts_of, read_ranks
from readmodels.store.search import text_index
from readmodels.store.together import WritesTogether
from readmodels.store.transactions import ConditionFailed
from readmodels.view import D, Document, View, view_of

L = TypeVar("L", bound=Document)

_NAMESPACE_EXISTS: Final = 48

_MOST_NAMED: Final = 1_000
"""Of the ids in a checkpoint's `changed`; beyond, readers look at all that they follow."""


class ViewWriter(Generic[D]):
    def __init__(
        self,
        connection: Connection,
        checkpoints: Checkpoints,
        together: WritesTogether,
        document: type[D],
    ) -> None:
        self._connection = connection
        self._checkpoints = checkpoints
        self._together = together
        self.document = document
        self.view: View[D] = view_of(document)

    async def prepare(self, revision: int) -> Checkpoint:
        """Make sure that the view has a checkpoint and its collection the declared indexes; what
        there was not yet counts as made by rules of this revision."""
        initial = replace(Checkpoint.initial(self.view.name), revision=revision, version=1)
        with reaching():
            try:
                await self._records.insert_one(checkpoint_to(initial))
            except DuplicateKeyError:
                pass
            checkpoint = await self.checkpoint()
            # In this order no reader finds a collection without its indexes. Other rules' words
            # may be in other fields, and a collection has but one index of words: it keeps that
            # until the one that is made by these rules takes its place.
            if checkpoint.revision == revision:
                await self.index(checkpoint.collection)
            else:
                await self._index(checkpoint.collection, self._lookups)
            await self.create(checkpoint.collection)
        return checkpoint

    async def checkpoint(self) -> Checkpoint:
        """The checkpoint as it is in the database."""
        with reaching():
            found = await self._connection.read_checkpoints(_id=self.view.name)
        checkpoint = found[0] if found else Checkpoint.initial(self.view.name)
        self._checkpoints.learn(checkpoint)
        return checkpoint

    async def take(self, owner: Owner) -> Checkpoint:
        """Make the view an owner's, whoever had it, who then changes nothing more.

        Raises LeaseLost where the view was written at the same moment.
        """
        known = await self.checkpoint()
        return await self.write(known, replace(known, owner=owner))

    async def create(self, collection: str) -> None:
        """The collection, and that of the parts with its index, which is read while it is
        filled."""
        await self._create(collection)
        if self.view.part:
            await self._create(parts_of(collection))
            await self._index(parts_of(collection), [IndexModel(list(RANKS.fields))])

    async def _create(self, collection: str) -> None:
        with reaching():
            try:
                await self._connection.driver.database.create_collection(collection)
            except CollectionInvalid:
                pass
            except OperationFailure as failure:
                # The driver looks before it creates; another process came in between.
                if failure.code != _NAMESPACE_EXISTS:
                    raise

    async def index(self, collection: str) -> None:
        words = [text_index(self.view.search)] if self.view.search else []
        await self._index(collection, [*self._lookups, *words])

    async def _index(self, collection: str, models: list[IndexModel]) -> None:
        if models:
            with reaching():
                await self._connection.collection(collection).create_indexes(models)

    async def load(self, collection: str, ids: Iterable[str]) -> Mapping[str, D]:
        return await self._load(collection, ids, self.document)

    async def load_parts(self, collection: str, ids: Iterable[str]) -> Mapping[str, Any]:
        return await self._load(parts_of(collection), ids, cast(Any, self.view.part))

    async def _load(self, collection: str, ids: Iterable[str], kind: type[L]) -> Mapping[str, L]:
        with reaching():
            found = self._connection.collection(collection).find({"_id": {"$in": list(ids)}})
            documents = [decode(raw, kind) async for raw in found]
        return {document.id: document for document in documents}

    async def ranks(
        self, collection: str, summary: str, without: Iterable[str]
    ) -> tuple[int | None, int | None]:
        """The least and the greatest rank among a document's parts but those of the given ids."""
        with reaching():
            parts = self._connection.collection(parts_of(collection))
            return await read_ranks(parts, summary, without)

    async def count(self, collection: str) -> int:
        """By counting each: what MongoDB notes beside a collection is wrong after it was killed."""
        with reaching():
            return await self._connection.collection(collection).count_documents({}, hint="_id_")

    async def drop(self, collection: str) -> None:
        with reaching():
            await self._connection.collection(collection).drop()
            await self._connection.collection(parts_of(collection)).drop()

    async def reach(
        self, collection: str, fan_out: FanOut, count: int, size: int
    ) -> tuple[Sequence[str], bool]:
        """The ids of the documents that come next in a fan-out, up to `count` of them and to `size`
        bytes together but at least one, and whether these are the last."""
        wanted = {fan_out.field: fan_out.value, "_id": {"$gt": fan_out.reached}}
        measured: Raw = {"size": {"$bsonSize": "$$ROOT"}}
        ids: list[str] = []
        with reaching():
            found = self._connection.collection(collection).find(
                wanted, measured, sort=[("_id", 1)], limit=count
            )
            async for raw in found:
                size -= raw["size"]
                if ids and size < 0:
                    return ids, False
                ids.append(raw["_id"])
        return ids, len(ids) < count

    async def write(
        self, before: Checkpoint, now: Checkpoint, changes: Changes | None = None
    ) -> Checkpoint:
        """Put a checkpoint in the place of the one that was known, and the changes with it.

        All of it is written, journaled, or nothing is. Raises LeaseLost where the checkpoint is
        no longer the one that was known, and Unreachable where the outcome cannot be learned:
        the checkpoint then tells.
        """
        changes = changes or Changes()
        named = tuple(changes.ids) if len(changes.ids) <= _MOST_NAMED else None
        documents = None if now.documents is None else now.documents + changes.gained
        now = replace(now, version=before.version + 1, changed=named, documents=documents)
        with reaching():
            goes_on = now.position > before.position
            if not (goes_on and await self._together.write(before, now, changes)):
                await self._write_alone(before, now, changes)
        self._checkpoints.learn(now)
        return now

    async def _write_alone(self, before: Checkpoint, now: Checkpoint, changes: Changes) -> None:
        checkpoint = self._connection.move((before, now))
        steps = changes.steps(now.collection)
        try:
            if steps:
                await self._connection.driver.transact([checkpoint, *steps])
            else:
                checkpoint.require(await self._records.bulk_write(checkpoint.operations))
        except ConditionFailed:
            raise LeaseLost(before.view, before.version) from None

    async def fill(self, collection: str, changes: Changes) -> None:
        """Write documents that nobody reads yet: in no transaction, and not journaled."""
        with reaching():
            for step in changes.steps(collection):
                target = self._connection.collection(step.collection)
                await target.with_options(write_concern=UNJOURNALED).bulk_write(
                    step.operations, ordered=False
                )

    @property
    def _lookups(self) -> list[IndexModel]:
        return [IndexModel(list(index.fields)) for index in self.view.indexes]

    @property
    def _records(self) -> AsyncCollection[Raw]:
        return self._connection.collection(CHECKPOINTS)


class StoredDocuments(Generic[D]):
    """The documents in one collection of a view."""

    def __init__(self, writer: ViewWriter[D], collection: str) -> None:
        self._writer = writer
        self._collection = collection

    async def load(self, ids: Iterable[str]) -> Mapping[str, D]:
        return await self._writer.load(self._collection, ids)

    async def load_parts(self, ids: Iterable[str]) -> Mapping[str, Any]:
        return await self._writer.load_parts(self._collection, ids)

    async def ranks(self, summary: str, without: Iterable[str]) -> tuple[int | None, int | None]:
        return await self._writer.ranks(self._collection, summary, without)

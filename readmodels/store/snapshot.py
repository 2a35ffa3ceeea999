"""All documents of a view and its checkpoint, as they were at one moment."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Generic

import msgspec
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import OperationFailure

from readmodels.store.checkpoint import Checkpoint
from readmodels.store.codec import decode
from readmodels.store.connection import Connection, reaching
from readmodels.store.parts import parts_of
from readmodels.view import D, View, view_of


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[D]):
    """`documents` gives ids and documents, each once, in no order; None where what is stored is no
    document of the view. `parts` does so for their parts."""

    checkpoint: Checkpoint
    documents: AsyncIterator[tuple[str, D | None]]
    parts: AsyncIterator[tuple[str, Any]]


# A collection or an index that came to be after the snapshot's moment hides the collection from it.
_SNAPSHOT_UNAVAILABLE: Final = 246


@asynccontextmanager
async def read_snapshot(connection: Connection, document: type[D]) -> AsyncIterator[Snapshot[D]]:
    """MongoDB keeps a moment's state for five minutes: read the documents within that time."""
    view = view_of(document)
    session, checkpoint = await _readable_moment(connection, view)
    async with session:

        async def documents(name: str, kind: type[Any]) -> AsyncIterator[tuple[str, Any]]:
            cursor = connection.collection(name).find({}, session=session)
            with reaching():
                async for raw in cursor:
                    id = raw["_id"]
                    try:
                        yield id, decode(raw, kind)
                    except msgspec.ValidationError:
                        yield id, None

        collection = checkpoint.collection
        yield Snapshot(
            checkpoint,
            documents(collection, document),
            documents(parts_of(collection), view.part or document),
        )


async def _readable_moment(
    connection: Connection, view: View[Any]
) -> tuple[AsyncClientSession, Checkpoint]:
    """A session at the first moment, from now on, at which the view's collection can be read."""
    while True:
        session = await connection.driver.session(snapshot=True)
        try:
            with reaching():
                found = await connection.read_checkpoints(session, _id=view.name)
                checkpoint = found[0] if found else Checkpoint.initial(view.name)
                collection = checkpoint.collection
                for name in (collection, parts_of(collection)) if view.part else (collection,):
                    await connection.collection(name).find_one({}, session=session)
            return session, checkpoint
        except OperationFailure as failure:
            await session.end_session()
            if failure.code != _SNAPSHOT_UNAVAILABLE:
                raise
        except BaseException:
            await session.end_session()
            raise

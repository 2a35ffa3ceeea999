"""All documents of a view and its checkpoint, as they were at one moment."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Final, Generic

import bson
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import OperationFailure

from readmodels.store.checkpoint import Checkpoint
from readmodels.store.codec import decode, encode
from readmodels.store.connection import Connection, reaching
from readmodels.store.driver import CODEC, Raw
from readmodels.store.errors import SnapshotLost, Unreadable
from readmodels.store.parts import parts_of
from readmodels.view import D, View, view_of


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[D]):
    """`documents` gives ids and documents, each once, in no order; None where what is stored is no
    document of the view, or holds anything besides. `parts` does so for their parts. Both raise
    SnapshotLost."""

    checkpoint: Checkpoint
    documents: AsyncIterator[tuple[str, D | None]]
    parts: AsyncIterator[tuple[str, Any]]


# A collection or an index that came to be after the snapshot's moment hides the collection from it.
_SNAPSHOT_UNAVAILABLE: Final = 246


@contextmanager
def _available(view: View[Any]) -> Iterator[None]:
    try:
        yield
    except OperationFailure as failure:
        if failure.code != _SNAPSHOT_UNAVAILABLE:
            raise
        raise SnapshotLost(view.name) from failure


def _decoded(raw: Raw, kind: type[D]) -> D | None:
    """None unless the document makes all that is stored, to the byte. A field with a default may be
    missing: it came later than the document."""
    try:
        document = decode(dict(raw), kind)
    except Unreadable:
        return None
    encoded = encode(document)
    stored = {**encoded, **raw}
    same = bson.encode(stored, codec_options=CODEC) == bson.encode(encoded, codec_options=CODEC)
    return document if same else None


@asynccontextmanager
async def read_snapshot(
    connection: Connection, document: type[D], known: Checkpoint
) -> AsyncIterator[Snapshot[D]]:
    """Of a moment at which the view had come at least as far as is known. MongoDB keeps a moment's
    state for five minutes: read the documents within that time."""
    view = view_of(document)
    session, checkpoint = await _readable_moment(connection, view, known)
    async with session:

        async def documents(name: str, kind: type[Any]) -> AsyncIterator[tuple[str, Any]]:
            cursor = connection.collection(name).find({}, session=session)
            with reaching(), _available(view):
                async for raw in cursor:
                    yield raw["_id"], _decoded(raw, kind)

        collection = checkpoint.collection
        yield Snapshot(
            checkpoint,
            documents(collection, document),
            documents(parts_of(collection), view.part or document),
        )


async def _readable_moment(
    connection: Connection, view: View[Any], known: Checkpoint
) -> tuple[AsyncClientSession, Checkpoint]:
    """A session at the first moment, from now on, at which the view's collection can be read. The
    server chooses the moment, which may lie a little before the last write."""
    while True:
        session = await connection.driver.session(snapshot=True)
        try:
            with reaching(), _available(view):
                found = await connection.read_checkpoints(session, _id=view.name)
                checkpoint = found[0] if found else Checkpoint.initial(view.name)
                if checkpoint.version < known.version:
                    raise SnapshotLost(view.name)
                collection = checkpoint.collection
                for name in (collection, parts_of(collection)) if view.part else (collection,):
                    await connection.collection(name).find_one({}, session=session)
            return session, checkpoint
        except SnapshotLost:
            await session.end_session()
        except BaseException:
            await session.end_session()
            raise

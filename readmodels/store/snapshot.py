"""All documents of a view and its checkpoint, as they were at one moment."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Generic

import msgspec

from readmodels.store.checkpoint import Checkpoint
from readmodels.store.codec import decode
from readmodels.store.connection import Connection, reaching
from readmodels.view import D, view_of


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[D]):
    """`documents` gives ids and documents, each once, in no order; None where what is stored is no
    document of the view."""

    checkpoint: Checkpoint
    documents: AsyncIterator[tuple[str, D | None]]


@asynccontextmanager
async def read_snapshot(connection: Connection, document: type[D]) -> AsyncIterator[Snapshot[D]]:
    """MongoDB keeps a moment's state for five minutes: read the documents within that time."""
    async with await connection.driver.session(snapshot=True) as session:
        view = view_of(document).name
        with reaching():
            found = await connection.read_checkpoints(session, _id=view)
        checkpoint = found[0] if found else Checkpoint.initial(view)

        async def documents() -> AsyncIterator[tuple[str, D | None]]:
            cursor = connection.collection(checkpoint.collection).find({}, session=session)
            with reaching():
                async for raw in cursor:
                    id = raw["_id"]
                    try:
                        yield id, decode(raw, document)
                    except msgspec.ValidationError:
                        yield id, None

        yield Snapshot(checkpoint, documents())

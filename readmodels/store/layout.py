"""How documents are laid out in their collections, and how those of an earlier version are brought
to it.

In layout 1 the parts of a position stood side by side: `position`, `revision`, `since`. Layout 2
has them as one document in the document, so that a view may have fields of these names.

Documents are converted where they stand, by whoever has the view then, before this version reads
or writes any of them. A process of the version before that runs beside this one loses its views;
what has been converted it cannot read, so stop it first. Should it take a view again and write
there, the checkpoint that it writes has no layout: a worker of this version takes the view back at
once, and converts what was written meanwhile.
"""

import logging
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from pymongo.errors import OperationFailure

from readmodels.store.checkpoint import LAYOUT, Checkpoint, Owner
from readmodels.store.connection import CHECKPOINTS, Connection
from readmodels.store.owners import new_owner
from readmodels.store.parts import parts_of
from readmodels.store.transactions import ConditionFailed

logger = logging.getLogger(__name__)

_INDEX_OF_LAYOUT_1: Final = "position_1__id_1"
_INDEX_OF_LAYOUT_2: Final = [("position.at", 1), ("_id", 1)]
_INDEX_NOT_FOUND: Final = 27
_OF_LAYOUT_1: Final = {"position": {"$type": "number"}}
_TO_LAYOUT_2: Final[list[dict[str, Any]]] = [
    {
        "$set": {
            "position": {
                "at": "$position",
                "revision": {"$ifNull": ["$revision", 0]},
                "since": {"$ifNull": ["$since", 0]},
            }
        }
    },
    {"$unset": ["revision", "since"]},
]


async def convert_all(connection: Connection) -> None:
    """Convert what a version before has left, all views of it; they are then nobody's."""
    for checkpoint in await connection.read_checkpoints():
        if checkpoint.layout != LAYOUT:
            held = await convert(connection, checkpoint.view, new_owner())
            # Unless somebody has taken it from us already.
            with suppress(ConditionFailed):
                await _replace(connection, held, replace(held, owner=None))


async def convert(connection: Connection, view: str, owner: Owner) -> Checkpoint:
    """Make the view the owner's, whoever had it, with all of its documents in this layout.

    Begun again after an end in between, it goes on with what was left.
    """
    while True:
        (known,) = await connection.read_checkpoints(_id=view)
        try:
            held = await _replace(connection, known, replace(known, owner=owner))
            if held.layout == LAYOUT:
                return held
            logger.info("The documents of the view %s are converted to layout %d.", view, LAYOUT)
            for collection in (held.collection, held.previous):
                if collection is not None:
                    await _convert(connection, collection)
                    await _convert(connection, parts_of(collection))
            return await _replace(connection, held, replace(held, layout=LAYOUT))
        except ConditionFailed:
            # A worker wrote in between, maybe documents too: look again at what there is.
            continue


async def _convert(connection: Connection, name: str) -> None:
    """All documents of a collection."""
    collection = connection.collection(name)
    was_indexed = _INDEX_OF_LAYOUT_1 in await collection.index_information()
    if was_indexed:
        try:
            await collection.drop_index(_INDEX_OF_LAYOUT_1)
        except OperationFailure as failure:
            # Another process that converts the view has dropped it since.
            if failure.code != _INDEX_NOT_FOUND:
                raise
    await collection.update_many(_OF_LAYOUT_1, _TO_LAYOUT_2)
    if was_indexed:
        await collection.create_index(_INDEX_OF_LAYOUT_2)


async def _replace(connection: Connection, before: Checkpoint, now: Checkpoint) -> Checkpoint:
    """Raises ConditionFailed where somebody wrote the checkpoint in between."""
    now = replace(now, version=before.version + 1, changed=())
    step = connection.move((before, now))
    step.require(await connection.collection(CHECKPOINTS).bulk_write(step.operations))
    return now

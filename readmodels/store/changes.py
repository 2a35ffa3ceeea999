"""What a batch makes of a view's documents."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import DeleteOne, InsertOne, ReplaceOne

from readmodels.store.codec import encode
from readmodels.store.driver import CODEC, Raw
from readmodels.store.parts import parts_of

Operation = InsertOne[Raw] | ReplaceOne[Raw] | DeleteOne


class Changes:
    """Documents to insert and to replace, each with its position, and ids to delete.

    They are encoded at once, so that `size` tells, in bytes, how much there is to write. `gained`
    is how many more documents there are then. `parts` are the changes of the view's parts that
    belong to them.
    """

    def __init__(
        self,
        inserted: Iterable[Any] = (),
        replaced: Iterable[Any] = (),
        deleted: Iterable[str] = (),
    ) -> None:
        self.operations: list[Operation] = []
        self.parts: Changes | None = None
        self._size = 0
        self.gained = 0
        ids = []
        for document in inserted:
            self.gained += 1
            ids.append(document.id)
            self.operations.append(InsertOne(self._encoded(document)))
        for document in replaced:
            ids.append(document.id)
            # Nothing but the _id in a filter: anything beside it costs MongoDB's fast path.
            self.operations.append(ReplaceOne({"_id": document.id}, self._encoded(document)))
        for id in deleted:
            self.gained -= 1
            ids.append(id)
            self.operations.append(DeleteOne({"_id": id}))
        self.ids = tuple(ids)

    def _encoded(self, document: Any) -> Any:
        encoded = bson.encode(encode(document), codec_options=CODEC)
        self._size += len(encoded)
        return RawBSONDocument(encoded)

    @property
    def size(self) -> int:
        return self._size + (self.parts.size if self.parts else 0)

    def by_collection(self, collection: str) -> Mapping[str, Sequence[Operation]]:
        """What there is to do, in the collection of the documents and in that of their parts."""
        parts = self.parts.operations if self.parts else []
        every = {collection: self.operations, parts_of(collection): parts}
        return {name: operations for name, operations in every.items() if operations}

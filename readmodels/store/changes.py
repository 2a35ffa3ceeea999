"""What a batch makes of a view's documents."""

from collections.abc import Iterable
from typing import Any

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import DeleteOne, InsertOne, ReplaceOne

from readmodels.store.codec import encode
from readmodels.store.driver import CODEC, Raw


class Changes:
    """Documents to insert and to replace, each with its position, and ids to delete.

    They are encoded at once, so that `size` tells, in bytes, how much there is to write.
    """

    def __init__(
        self,
        inserted: Iterable[Any] = (),
        replaced: Iterable[Any] = (),
        deleted: Iterable[str] = (),
    ) -> None:
        self.operations: list[InsertOne[Raw] | ReplaceOne[Raw] | DeleteOne] = []
        self.size = 0
        ids = []
        for document in inserted:
            ids.append(document.id)
            self.operations.append(InsertOne(self._encoded(document)))
        for document in replaced:
            ids.append(document.id)
            # Nothing but the _id in a filter: anything beside it costs MongoDB's fast path.
            self.operations.append(ReplaceOne({"_id": document.id}, self._encoded(document)))
        for id in deleted:
            ids.append(id)
            self.operations.append(DeleteOne({"_id": id}))
        self.ids = tuple(ids)

    def _encoded(self, document: Any) -> Any:
        encoded = bson.encode(encode(document), codec_options=CODEC)
        self.size += len(encoded)
        return RawBSONDocument(encoded)

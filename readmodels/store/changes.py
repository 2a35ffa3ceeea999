"""What a batch makes of a view's documents."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any, Final

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import DeleteOne, InsertOne, UpdateOne

from readmodels.store.codec import encode, encode_difference
from readmodels.store.driver import CODEC
from readmodels.store.parts import parts_of
from readmodels.store.transactions import Operation, Step

_ELEMENT_BYTES: Final = 200
"""Of an element of a document's tuples, about."""


class Changes:
    """Documents to insert, to change from what is stored to what is to be, each with its position,
    and ids to delete.

    They are encoded at once, so that `size` tells, in bytes, about how much there is to write: a
    document of which a little changes is written anew as a whole by the server. `gained`
    is how many more documents there are then. `parts` are the changes of the view's parts that
    belong to them.
    """

    def __init__(
        self,
        inserted: Iterable[Any] = (),
        changed: Iterable[tuple[Any, Any]] = (),
        deleted: Iterable[str] = (),
    ) -> None:
        self.operations: list[Operation] = []
        self.ids: list[str] = []
        self.parts: Changes | None = None
        self.gained = 0
        self._size = 0
        for document in inserted:
            self.insert(document)
        for before, after in changed:
            self.change(before, after)
        for id in deleted:
            self.delete(id)

    def insert(self, document: Any) -> None:
        self.gained += 1
        self.ids.append(document.id)
        self.operations.append(InsertOne(self._encoded(encode(document))))

    def change(self, before: Any, after: Any) -> None:
        self.ids.append(after.id)
        # Only what differs: MongoDB then leaves the indexes of everything else alone. Nothing but
        # the _id in a filter: anything beside it costs MongoDB's fast path.
        difference = {"$set": self._encoded(encode_difference(before, after))}
        self._size += _bytes_in_tuples(after)
        self.operations.append(UpdateOne({"_id": after.id}, difference))

    def delete(self, id: str) -> None:
        self.gained -= 1
        self.ids.append(id)
        self.operations.append(DeleteOne({"_id": id}))

    def _encoded(self, fields: dict[str, Any]) -> Any:
        encoded = bson.encode(fields, codec_options=CODEC)
        self._size += len(encoded)
        return RawBSONDocument(encoded)

    @property
    def size(self) -> int:
        return self._size + (self.parts.size if self.parts else 0)

    def steps(self, collection: str) -> list[Step]:
        """What there is to do, in the collection of the documents and in that of their parts."""
        parts = self.parts.operations if self.parts else []
        every = [Step(collection, self.operations), Step(parts_of(collection), parts)]
        return [step for step in every if step.operations]


def _bytes_in_tuples(document: Any) -> int:
    values = (getattr(document, field.name) for field in fields(document))
    return sum(len(value) * _ELEMENT_BYTES for value in values if isinstance(value, tuple))

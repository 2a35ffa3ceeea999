"""What a MongoDB transaction writes, told before it begins, so that a driver does it in one go."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pymongo import DeleteOne, InsertOne, ReplaceOne, UpdateOne
from pymongo.errors import PyMongoError
from pymongo.results import BulkWriteResult

Operation = InsertOne[dict[str, Any]] | ReplaceOne[dict[str, Any]] | UpdateOne | DeleteOne

_COMMIT_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class Step:
    """Operations in one collection, in their order.

    Where the step is a `condition`, each of them has to find its document: nothing of the
    transaction is written else.
    """

    collection: str
    operations: Sequence[Operation]
    condition: bool = False

    def require(self, result: BulkWriteResult) -> None:
        if self.condition and result.matched_count < len(self.operations):
            raise ConditionFailed(self.collection)


class ConditionFailed(Exception):
    """A document that a transaction builds on is not as it was known; nothing was written."""

    def __init__(self, collection: str) -> None:
        super().__init__(f"A document of {collection} is not as it was known.")
        self.collection = collection


def may_commit_again(error: PyMongoError, attempt: int) -> bool:
    """MongoDB knows whether it has committed a transaction: asking again is safe."""
    unknown = error.has_error_label("UnknownTransactionCommitResult")
    return unknown and attempt < _COMMIT_ATTEMPTS

"""Reading along an index that is named."""

import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from pymongo.errors import OperationFailure

from readmodels.view import Ordering

logger = logging.getLogger(__name__)

T = TypeVar("T")

# MongoDB has no code of its own for it: this one is of everything that it finds wrong with a query.
_BAD_VALUE: Final = 2
_NO_SUCH_INDEX: Final = "hint provided does not correspond to an existing index"

_missed: Final[set[Ordering]] = set()
"""The indexes that a line in the log has told of."""


async def along(index: Ordering, read: Callable[[Ordering | None], Awaitable[T]]) -> T:
    """What is read with the index as MongoDB's hint; with none as long as the view's worker, which
    makes the indexes, has yet to make this one."""
    try:
        return await read(index)
    except OperationFailure as failure:
        if failure.code != _BAD_VALUE or _NO_SUCH_INDEX not in str(failure):
            raise
    if index not in _missed:
        _missed.add(index)
        fields = ", ".join(path for path, _ in index)
        logger.warning("There is no index on (%s): a list is read without it.", fields)
    return await read(None)

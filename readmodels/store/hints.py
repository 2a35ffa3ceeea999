"""Reading along an index that is named."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from pymongo.errors import OperationFailure

from readmodels.view import Ordering

T = TypeVar("T")

_BAD_VALUE: Final = 2


async def along(index: Ordering, read: Callable[[Ordering | None], Awaitable[T]]) -> T:
    """What is read with the index as MongoDB's hint; with none as long as the view's worker, which
    makes the indexes, has yet to make this one."""
    try:
        return await read(index)
    except OperationFailure as failure:
        if failure.code != _BAD_VALUE:
            raise
        return await read(None)

"""One transaction for what the workers of several views write at the same moment.

A fact mostly concerns several views, whose workers come by with it together. What a small write
costs is mostly its transaction, so that one for all is several times cheaper than one for each.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pymongo.errors import PyMongoError

from readmodels.store.changes import Changes
from readmodels.store.checkpoint import Checkpoint
from readmodels.store.connection import Connection
from readmodels.store.transactions import ConditionFailed

LARGEST: Final = 2**20
"""Bytes of documents; a larger write is worth a transaction of its own."""

_QUIET_TURNS: Final = 7
"""Event-loop iterations without a new write after which the group is sent."""


@dataclass(frozen=True, slots=True, eq=False)
class _Write:
    before: Checkpoint
    now: Checkpoint
    changes: Changes
    written: asyncio.Future[bool]


class WritesTogether:
    """The first to come writes for all who come by in the same moment, and tells each how it went,
    whatever becomes of it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: list[_Write] = []

    async def write(self, before: Checkpoint, now: Checkpoint, changes: Changes) -> bool:
        """Whether it was written, together with others. Where nobody else came by, or where all
        together failed, nothing tells that it was: it is then to be written on its own."""
        if changes.size > LARGEST:
            return False
        write = _Write(before, now, changes, asyncio.get_running_loop().create_future())
        self._waiting.append(write)
        if self._waiting[0] is write:
            await self._write_for_all()
        return await write.written

    async def _write_for_all(self) -> None:
        group = self._waiting
        try:
            await self._until_nobody_comes()
            self._waiting = []
            written = len(group) > 1 and await self._try_write(group)
        except asyncio.CancelledError:
            # Whoever came by writes alone, which fails where all was written after all.
            _tell(group, False)
            raise
        except BaseException as error:
            _tell(group, error)
        else:
            _tell(group, written)
        finally:
            if self._waiting is group:
                self._waiting = []

    async def _until_nobody_comes(self) -> None:
        quiet, come = 0, 0
        while quiet < _QUIET_TURNS:
            await asyncio.sleep(0)
            quiet = quiet + 1 if come == len(self._waiting) else 0
            come = len(self._waiting)

    async def _try_write(self, group: Sequence[_Write]) -> bool:
        steps = [self._connection.move(*((write.before, write.now) for write in group))]
        for write in group:
            steps += write.changes.steps(write.now.collection)
        try:
            await self._connection.driver.transact(steps)
        except (ConditionFailed, PyMongoError):
            return False
        return True


def _tell(group: Sequence[_Write], outcome: bool | BaseException) -> None:
    for write in group:
        if write.written.done():
            continue
        if isinstance(outcome, bool):
            write.written.set_result(outcome)
        else:
            write.written.set_exception(outcome)

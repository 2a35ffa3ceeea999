"""A store on a real server whose steps fail when a plan says so."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum, auto
from typing import Any, TypeVar

from readmodels.store import Changes, Checkpoint, FanOut, Store, Unreachable, ViewWriter
from readmodels.view import D

T = TypeVar("T")


class Fault(Enum):
    """What becomes of one step of a worker."""

    NONE = auto()
    BEFORE = auto()
    """The connection is lost before the server has heard of it."""
    AFTER = auto()
    """It is done, but the answer is lost."""
    CRASH_BEFORE = auto()
    CRASH_AFTER = auto()
    """The worker's process ends, before or after: it does nothing any more."""


class Crashed(BaseException):
    """The end of a worker's process, as its code sees it."""


class FaultyWriter(ViewWriter[D]):
    faults: Iterator[Fault]
    crashed = False

    async def _faulty(self, step: Callable[[], Awaitable[T]]) -> T:
        if self.crashed:
            raise Unreachable("The process has ended.")
        fault = next(self.faults, Fault.NONE)
        self.crashed = fault in (Fault.CRASH_BEFORE, Fault.CRASH_AFTER)
        if fault is Fault.BEFORE:
            raise Unreachable("The request was lost.")
        if fault is Fault.CRASH_BEFORE:
            raise Crashed
        result = await step()
        if fault is Fault.AFTER:
            raise Unreachable("The answer was lost.")
        if fault is Fault.CRASH_AFTER:
            raise Crashed
        return result

    async def prepare(self, revision: int) -> Checkpoint:
        return await self._faulty(lambda: super(FaultyWriter, self).prepare(revision))

    async def load(self, collection: str, ids: Iterable[str]) -> Mapping[str, D]:
        return await self._faulty(lambda: super(FaultyWriter, self).load(collection, ids))

    async def load_parts(self, collection: str, ids: Iterable[str]) -> Mapping[str, Any]:
        return await self._faulty(lambda: super(FaultyWriter, self).load_parts(collection, ids))

    async def ranks(
        self, collection: str, summary: str, without: Iterable[str]
    ) -> tuple[int | None, int | None]:
        return await self._faulty(
            lambda: super(FaultyWriter, self).ranks(collection, summary, without)
        )

    async def reach(
        self, collection: str, fan_out: FanOut, count: int, size: int
    ) -> tuple[Sequence[str], bool]:
        return await self._faulty(
            lambda: super(FaultyWriter, self).reach(collection, fan_out, count, size)
        )

    async def write(
        self, before: Checkpoint, now: Checkpoint, changes: Changes | None = None
    ) -> Checkpoint:
        return await self._faulty(lambda: super(FaultyWriter, self).write(before, now, changes))


class FaultyStore(Store):
    """All of its workers draw their faults from one plan."""

    faults: Iterator[Fault] = iter(())

    def writer(self, document: type[D]) -> ViewWriter[D]:
        writer = FaultyWriter(self._connection, self._checkpoints, self._together, document)
        writer.faults = self.faults
        return writer

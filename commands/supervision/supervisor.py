"""The parent of the tasks that run for as long as their part of the program does."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final, Self

logger = logging.getLogger(__name__)

Run = Callable[[], Awaitable[None]]

FIRST_PAUSE: Final = 0.25
"""Seconds before a task that died begins again; twice as many each time that it dies anew."""

LONGEST_PAUSE: Final = 30.0

STEADY: Final = 60.0
"""Seconds of running after which a task counts as sound again."""

PATIENCE: Final = 3.0
"""Seconds that a task has for what it does when it is cancelled; then that is cancelled too."""


class TaskDied(Exception):
    """A task that cannot begin again has died, and with it what the process is for."""

    def __init__(self, name: str, cause: BaseException) -> None:
        super().__init__(f"The {name} died of a fault ({type(cause).__name__}): start it again.")


class Supervisor:
    """Owns tasks from their start until they are stopped, between entering and leaving it.

    Death is never silent: it is logged with its traceback, and `down` names the task. It begins
    again after a pause. Where it must not, `on_death` is called, and leaving raises TaskDied.
    """

    def __init__(self) -> None:
        self._tasks = asyncio.TaskGroup()
        self._started: set[asyncio.Task[None]] = set()
        self._down: dict[str, str] = {}
        self._died: tuple[str, BaseException] | None = None
        self._cancelled: asyncio.Task[object] | None = None
        self.on_death: Callable[[], None] = lambda: None

    async def __aenter__(self) -> Self:
        owner = asyncio.current_task()
        assert owner is not None

        def interrupt() -> None:
            self._cancelled = owner
            owner.cancel()

        self.on_death = interrupt
        await self._tasks.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await cancel_and_wait(*self._started)
        await self._tasks.__aexit__(None, None, None)
        if self._died:
            if self._cancelled:
                self._cancelled.uncancel()
            name, cause = self._died
            raise TaskDied(name, cause) from cause

    @property
    def down(self) -> Mapping[str, str]:
        """The tasks that do not run now, each with what became of it."""
        return self._down

    def start(self, name: str, run: Run, *, again: bool = True) -> asyncio.Task[None]:
        """Run it until it is cancelled. Where it cannot begin `again`, it may end by itself, and
        its death is the end of all."""
        keeping = self._keep(name, run) if again else self._watch(name, run)
        task = self._tasks.create_task(keeping, name=name)
        self._started.add(task)
        task.add_done_callback(self._started.discard)
        return task

    @asynccontextmanager
    async def running(self, name: str, run: Run) -> AsyncIterator[None]:
        """Run it as long as the context lasts."""
        task = self.start(name, run)
        try:
            yield
        finally:
            await cancel_and_wait(task)

    async def _keep(self, name: str, run: Run) -> None:
        pause = FIRST_PAUSE
        try:
            while True:
                began = monotonic()
                death = await _death_of(run) or RuntimeError("It ended though nobody stopped it.")
                if monotonic() - began > STEADY:
                    pause = FIRST_PAUSE
                self._down[name] = f"died of a fault ({type(death).__name__}) and begins again"
                logger.error(
                    "The task %s died; it begins again in %g s.", name, pause, exc_info=death
                )
                await asyncio.sleep(pause)
                del self._down[name]
                pause = min(LONGEST_PAUSE, pause * 2)
        finally:
            self._down.pop(name, None)

    async def _watch(self, name: str, run: Run) -> None:
        death = await _death_of(run)
        if death is not None:
            self._down[name] = f"died of a fault ({type(death).__name__})"
            self._died = self._died or (name, death)
            logger.critical("The task %s died and cannot begin again.", name, exc_info=death)
            self.on_death()


async def _death_of(run: Run) -> BaseException | None:
    """What it died of; None where it came to its end. Who cancels it is obeyed."""
    try:
        await run()
    except BaseException as error:
        if not is_fault(error):
            raise
        return error
    return None


def is_fault(error: BaseException) -> bool:
    """Whether it is a fault of what raised it, of whatever kind: not where somebody interrupts the
    program, or cancels the very task that asks this."""
    if isinstance(error, KeyboardInterrupt | GeneratorExit):
        return False
    task = asyncio.current_task()
    is_stopped = task is None or task.cancelling() > 0
    return not (isinstance(error, asyncio.CancelledError) and is_stopped)


@asynccontextmanager
async def supervised_by(supervisor: Supervisor | None) -> AsyncIterator[Supervisor]:
    """The given one; for a part that runs alone, one that lasts as long as the context."""
    if supervisor is not None:
        yield supervisor
        return
    async with Supervisor() as own:
        yield own


async def cancel_and_wait(*tasks: asyncio.Task[None]) -> None:
    """End tasks, whatever they end with. None holds this up for good by how it ends."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=PATIENCE)

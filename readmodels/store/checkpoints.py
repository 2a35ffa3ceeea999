"""What a process knows of the views' checkpoints, and who in it waits for more."""

import asyncio
from collections import defaultdict
from collections.abc import Callable

from readmodels.store.checkpoint import Checkpoint

Condition = Callable[[Checkpoint], bool]
Listener = Callable[[Checkpoint, Checkpoint], None]
"""Is told the checkpoint known before and the newer one."""


class Checkpoints:
    def __init__(self) -> None:
        self._known: dict[str, Checkpoint] = {}
        self._waiting: dict[str, set[tuple[Condition, asyncio.Future[None]]]] = defaultdict(set)
        self._listeners: list[Listener] = []

    def of(self, view: str) -> Checkpoint:
        return self._known.get(view) or Checkpoint.initial(view)

    def learn(self, checkpoint: Checkpoint) -> None:
        """Take note of a checkpoint, from whomever, unless a newer one is known."""
        known = self.of(checkpoint.view)
        if checkpoint.version <= known.version:
            return
        self._known[checkpoint.view] = checkpoint
        for condition, waiting in self._waiting[checkpoint.view]:
            if not waiting.done() and condition(checkpoint):
                waiting.set_result(None)
        for listener in self._listeners:
            listener(known, checkpoint)

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    async def until(self, view: str, condition: Condition, timeout: float) -> Checkpoint:
        """The view's checkpoint as soon as the condition holds of it. Raises TimeoutError."""
        if not condition(self.of(view)):
            entry = (condition, asyncio.get_running_loop().create_future())
            self._waiting[view].add(entry)
            try:
                async with asyncio.timeout(timeout):
                    await entry[1]
            finally:
                self._waiting[view].discard(entry)
        return self.of(view)

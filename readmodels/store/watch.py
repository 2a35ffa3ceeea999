"""Keeps a process's knowledge of the checkpoints true, whoever writes them."""

import asyncio
from typing import Final

from pymongo.errors import PyMongoError

from readmodels.store.checkpoints import Checkpoints
from readmodels.store.connection import CHECKPOINTS, Connection, checkpoint_from, reaching
from readmodels.store.errors import Unreachable

_POLL_SECONDS: Final = 1.0
_PAUSE_SECONDS: Final = 0.2


class CheckpointWatch:
    """Follows what others write into the collection of checkpoints: one change stream, and a slow
    poll behind it, so that nothing is missed for long when the stream stalls or the server has lost
    its history. What is written through this connection its writers tell."""

    def __init__(self, connection: Connection, checkpoints: Checkpoints) -> None:
        self._connection = connection
        self._checkpoints = checkpoints

    async def read(self) -> None:
        for checkpoint in await self._connection.read_checkpoints():
            self._checkpoints.learn(checkpoint)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow())
            tasks.create_task(self._poll())

    async def _follow(self) -> None:
        while True:
            try:
                with reaching():
                    await self._follow_once()
            except (Unreachable, PyMongoError) as lost:
                self._connection.outage.failed("change stream", lost)
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _follow_once(self) -> None:
        # The stream begins at a moment before the reading, so that nothing falls in between.
        driver = self._connection.driver
        moment = (await driver.database.command("ping"))["operationTime"]
        collection = self._connection.collection(CHECKPOINTS)
        of_others = {"fullDocument.written_by": {"$ne": self._connection.name}}
        async with await driver.watch(collection, of_others, moment) as stream:
            await self.read()
            self._connection.outage.succeeded("change stream")
            async for change in stream:
                if checkpoint := change.get("fullDocument"):
                    self._checkpoints.learn(checkpoint_from(checkpoint))

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            try:
                with reaching():
                    await self.read()
            except (Unreachable, PyMongoError) as lost:
                self._connection.outage.failed("checkpoints", lost)
            else:
                self._connection.outage.succeeded("checkpoints")

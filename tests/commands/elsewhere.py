"""Another process that writes: `python -m tests.commands.elsewhere URL COUNT` registers so many
customers, one after the other."""

import asyncio
import sys

from commands.bus import running_bus
from commands.store.database import Database
from tests.commands.recorded import accepted
from tests.commands.wanted import customer


async def register(url: str, count: int) -> None:
    database = Database(url)
    async with running_bus(database) as bus:
        for _ in range(count):
            accepted(await bus.handle(customer()))
    await database.close()


if __name__ == "__main__":
    asyncio.run(register(sys.argv[1], int(sys.argv[2])))

"""Notices that an outage of the write store is over, though nobody commands anything."""

import asyncio
from contextlib import suppress

from commands.bus import Bus
from commands.outcome import OutcomeUnknown
from commands.store.database import Database
from commands.store.unavailable import Unavailable

TRY_EVERY = 1.0
"""Seconds between two attempts at recording something while the write store is away."""


async def notice_recovery(database: Database, bus: Bus) -> None:
    """Until cancelled. While there is no outage, it does nothing."""
    while True:
        await asyncio.sleep(TRY_EVERY)
        if database.outage.lasts:
            with suppress(Unavailable, OutcomeUnknown):
                await bus.try_recording()

"""What stands still where the process lives no more, though it may still answer."""

from typing import Final

from commands.bus import Bus
from commands.supervision import Heartbeat
from schema.serving.health import Check

WRITER_STILL_AFTER: Final = 20.0
"""Seconds that the writer may be at one thing, several times the deadlines of a command."""


def loop_runs(heartbeat: Heartbeat) -> Check:
    """The event loop goes round. While it stands still nothing is answered at all; this tells of
    it in the seconds afterwards."""

    async def check() -> str | None:
        still = heartbeat.stillness
        return f"stood still for {still:.0f} seconds" if still else None

    return check


def writer_moves(bus: Bus) -> Check:
    """The writer comes to an end of what it is at, well or not."""

    async def check() -> str | None:
        still = bus.standing_for
        return f"has stood still for {still:.0f} seconds" if still > WRITER_STILL_AFTER else None

    return check

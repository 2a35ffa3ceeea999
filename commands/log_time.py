"""The log's time beside the write store's clock, by which all times of the write side go.

Times in the log never decrease. So after a clock that was ahead, and has been put right, new facts
have the time of the last one until the clock has come up to it.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from commands.clock import Clock, from_milliseconds
from commands.store.database import Database
from commands.store.log import LOOK_AT_HEAD

log = logging.getLogger(__name__)

TOLERATED = 5.0
"""Seconds that the log's time may be ahead of the store's clock before something is wrong."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What the store's clock says, and how many seconds the log's time is ahead of it."""

    now: datetime
    ahead: float

    @property
    def is_wrong(self) -> bool:
        """Some clock was ahead when a fact was recorded, or is behind now."""
        return self.ahead > TOLERATED


class LogTime:
    """Says in the log, once, when the log's time is too far ahead, and when it is not any more.

    `clock`, where there is one, stands in for the store's.
    """

    def __init__(self, database: Database, clock: Clock | None) -> None:
        self._database, self._clock = database, clock
        self._was_wrong = False

    async def read(self) -> Moment:
        """The present moment, in one trip to the store."""
        async with self._database.reading() as connection:
            result = await self._database.statements.run(connection, LOOK_AT_HEAD, {})
            _, recorded_at, store_time = result.one()
        return self.compare(recorded_at, store_time)

    def compare(self, recorded_at: int, store_time: int) -> Moment:
        """The time of the log's head, and what the store's clock said when it was read."""
        now = self._clock() if self._clock else from_milliseconds(store_time)
        ahead = (from_milliseconds(recorded_at) - now).total_seconds()
        moment = Moment(now, max(0.0, ahead))
        self._tell(moment)
        return moment

    def _tell(self, moment: Moment) -> None:
        if moment.is_wrong and not self._was_wrong:
            log.error(
                "The log's last fact was recorded %.1f seconds after what the write store's clock"
                " says now: a clock was ahead, or is behind. Until the clock has come up to it new"
                " facts get that fact's time, and no timers fire.",
                moment.ahead,
            )
        elif self._was_wrong and not moment.is_wrong:
            log.warning("The write store's clock has come up to the log's time; timers fire again.")
        self._was_wrong = moment.is_wrong

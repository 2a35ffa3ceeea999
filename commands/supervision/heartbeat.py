"""Notices that the event loop stands still."""

import asyncio
import logging
import sys
import threading
import traceback
from time import monotonic
from typing import Final

logger = logging.getLogger(__name__)

BEAT_EVERY: Final = 0.5
"""Seconds between two beats of a loop that runs."""

STILL_AFTER: Final = 5.0
"""Seconds without a beat after which the loop counts as standing still."""


class Heartbeat:
    """Beats on the event loop; a thread of its own listens, and logs what the loop is at when it
    has stood still for too long, once each time."""

    def __init__(self) -> None:
        self._beat_at = monotonic()
        self._still_for, self._moved_at = 0.0, float("-inf")

    @property
    def stillness(self) -> float:
        """Seconds for which the loop has stood still; 0 if it goes round, and has for a while."""
        if monotonic() - self._moved_at < STILL_AFTER:
            return self._still_for
        return silence if (silence := self._silence()) > STILL_AFTER else 0.0

    async def run(self) -> None:
        """Beat and listen, until cancelled."""
        ended = threading.Event()
        listener = threading.Thread(
            target=self._listen, args=(threading.get_ident(), ended), name="heartbeat", daemon=True
        )
        self._beat_at = monotonic()
        listener.start()
        try:
            while True:
                await asyncio.sleep(BEAT_EVERY)
                self._beat()
        finally:
            ended.set()

    def _beat(self) -> None:
        if (silence := self._silence()) > STILL_AFTER:
            self._still_for, self._moved_at = silence, monotonic()
        self._beat_at = monotonic()

    def _silence(self) -> float:
        return monotonic() - self._beat_at

    def _listen(self, thread: int, ended: threading.Event) -> None:
        told = False
        while not ended.wait(BEAT_EVERY):
            silence = self._silence()
            is_still = silence > STILL_AFTER
            if is_still and not told:
                logger.error(
                    "The event loop has stood still for %.0f seconds, at:\n%s",
                    silence,
                    _stack_of(thread),
                )
            told = is_still


def _stack_of(thread: int) -> str:
    frame = sys._current_frames().get(thread)
    return "".join(traceback.format_stack(frame)) if frame else "an unknown place"

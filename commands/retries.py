"""When to try again what failed: each key on its own, after pauses that grow."""

from time import monotonic
from typing import Final

FIRST_PAUSE: Final = 1.0
"""Seconds; twice as many after each further failure."""

LONGEST_PAUSE: Final = 300.0


class Retries:
    """Keys that failed, kept in memory: after a restart each of them is tried at once."""

    def __init__(self) -> None:
        self._failures: dict[str, int] = {}
        self._rests_until: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._failures)

    def failed(self, key: str) -> int:
        """Let it rest, and answer how often it has failed in a row."""
        failures = self._failures[key] = self._failures.get(key, 0) + 1
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failures - 1, 30))
        self._rests_until[key] = monotonic() + pause
        return failures

    def forget(self, key: str) -> None:
        """It succeeded, or is there no more."""
        self._failures.pop(key, None)
        self._rests_until.pop(key, None)

    def resting(self) -> list[str]:
        """Those that are not to be tried yet."""
        now = monotonic()
        return [key for key, until in self._rests_until.items() if until > now]

    def to_try(self) -> list[str]:
        """Those whose pause is over."""
        now = monotonic()
        return [key for key, until in self._rests_until.items() if until <= now]

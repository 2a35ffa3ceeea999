"""An outage in the log: a line when it begins and one when it is over."""

import logging
from time import monotonic
from typing import Final

logger = logging.getLogger(__name__)

_LONGEST_REASON: Final = 300


class Away(Exception):
    """A store is away: what was asked of it may be asked again."""


class Outage:
    """Whether a store is away, as those tell who use it again and again.

    Each of them says when it failed and when it succeeded: the outage is over when all that failed
    have succeeded since.
    """

    def __init__(self, store: str) -> None:
        self._store = store
        self._failing: set[str] = set()
        self._failures = 0
        self._began = 0.0

    @property
    def lasts(self) -> bool:
        return bool(self._failing)

    def failed(self, user: str, error: BaseException) -> None:
        """`user` could not do what it is for, since the store is away."""
        if not self._failing:
            self._failures, self._began = 0, monotonic()
            logger.warning("The %s is away, first for the %s: %s", self._store, user, _line(error))
        self._failing.add(user)
        self._failures += 1

    def succeeded(self, user: str) -> None:
        """`user` was served."""
        if not self._failing:
            return
        self._failing.discard(user)
        if not self._failing:
            logger.warning(
                "The %s is back after %.1f s; failed attempts: %d.",
                self._store,
                monotonic() - self._began,
                self._failures,
            )


def _line(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= _LONGEST_REASON else text[:_LONGEST_REASON] + "…"

"""The end of the process, which nothing may hold up for good: a thread that waits for a store that
has fallen silent can be ended in no other way.

Nothing is lost by it. What was accepted is on disk, and documents are written whole or not at all.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

SHUTDOWN_WAIT: Final = 25.0
"""Seconds after the last command's deadline in which a process that was told to end has ended."""

THREADS_WAIT: Final = 2.0
"""Seconds that threads have which are left when all else has ended."""

EXIT_CODE: Final = 1

_LOG: Final = logging.getLogger("diptych.end")


def end_within(seconds: float) -> None:
    """End the process then, if it has not ended by itself, and say so in the log."""
    _later(seconds, lambda: _give_up(seconds))


def leave_threads(exit_code: int) -> None:
    """End the process, which has nothing more to do, without threads that still wait for something
    in a moment."""
    _later(THREADS_WAIT, lambda: _leave(exit_code))


def _give_up(seconds: float) -> None:
    _LOG.critical("It has not ended %g seconds after it was told to, and is ended now.", seconds)
    _leave(EXIT_CODE)


def _leave(exit_code: int) -> None:
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    os._exit(exit_code)


def _later(seconds: float, do: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, do)
    timer.daemon = True
    timer.start()

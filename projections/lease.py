"""Who may write a view: one worker at a time, by the owner that its checkpoint names."""

from time import monotonic
from typing import Final

import psutil

from readmodels.store import LAYOUT, Checkpoint, Owner, host
from readmodels.store import new_owner as new_owner

LEASE_SECONDS: Final = 10.0
"""A worker that has not written its checkpoint for so long counts as gone."""


def _is_gone(owner: Owner) -> bool:
    """Whether the owner's process has ended, which only its own host can tell."""
    if owner.host != host():
        return False
    try:
        started: float = psutil.Process(owner.pid).create_time()
        return started != owner.started
    except psutil.NoSuchProcess:
        return True


class LeaseWatch:
    """Judges another worker's lease by how long its checkpoint has stood still before our eyes, so
    that no two machines' clocks are compared."""

    def __init__(self) -> None:
        self._version = -1
        self._seen_at = 0.0

    def is_free(self, checkpoint: Checkpoint, worker: Owner) -> bool:
        """Whether the worker may take the view."""
        if checkpoint.version != self._version:
            self._version = checkpoint.version
            self._seen_at = monotonic()
        if checkpoint.layout != LAYOUT:
            # Its owner is of a version that writes what this one cannot read.
            return True
        owner = checkpoint.owner
        if owner is None or owner == worker or _is_gone(owner):
            return True
        return monotonic() - self._seen_at >= LEASE_SECONDS

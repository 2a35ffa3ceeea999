"""Who may write a view: one worker at a time, by the owner that its checkpoint names."""

import secrets
import socket
from functools import cache
from time import monotonic
from typing import Final

import psutil

from readmodels.store import Checkpoint, Owner

LEASE_SECONDS: Final = 10.0
"""A worker that has not written its checkpoint for so long counts as gone."""


@cache
def _host() -> str:
    return socket.gethostname()


def new_owner() -> Owner:
    """A worker of this process."""
    process = psutil.Process()
    return Owner(
        host=_host(),
        pid=process.pid,
        started=process.create_time(),
        token=secrets.token_hex(8),
    )


def _is_gone(owner: Owner) -> bool:
    """Whether the owner's process has ended, which only its own host can tell."""
    if owner.host != _host():
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
        owner = checkpoint.owner
        if owner is None or owner == worker or _is_gone(owner):
            return True
        return monotonic() - self._seen_at >= LEASE_SECONDS

"""Who writes a view: workers by the process that they run in."""

import secrets
import socket
from functools import cache

import psutil

from readmodels.store.checkpoint import Owner


@cache
def host() -> str:
    """This machine's name."""
    return socket.gethostname()


def new_owner() -> Owner:
    """A worker of this process."""
    process = psutil.Process()
    return Owner(
        host=host(),
        pid=process.pid,
        started=process.create_time(),
        token=secrets.token_hex(8),
    )

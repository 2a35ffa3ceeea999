"""How much a client may send, and how long it may take."""

from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from schema.serving.turns import Turns


@dataclass(frozen=True, slots=True)
class Bounds:
    """Sizes are in bytes, times in seconds."""

    header_bytes: int = 64 * 1024
    """The request line and the headers of one request, and again what follows its body."""
    request_time: float = 30.0
    """From a request's first byte to its last, and from a connection's beginning to the first."""
    keep_alive: float = 75.0
    """From an answer to the next request."""
    unread_time: float = 30.0
    """For which a client may take nothing of what waits for it."""
    connections: int = 10_000
    """Open at a time, WebSockets included."""


class BoundedConfig(uvicorn.Config):
    """uvicorn's configuration, with what its protocols share: the bounds, and the time that they
    take to read what comes."""

    def __init__(self, app: ASGIApp, bounds: Bounds, **more: Any) -> None:
        super().__init__(app, **more)
        self.bounds = bounds
        self.turns = Turns()
        # uvicorn declares whole seconds and takes any.
        self.timeout_keep_alive = bounds.keep_alive  # type: ignore[assignment]

"""uvicorn as Diptych runs it: one application, its connections within bounds."""

import asyncio
import logging
import math
import socket
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from commands.supervision import Supervisor, supervised_by
from schema.serving.bounded_http import BoundedHttp
from schema.serving.bounded_websocket import BoundedWebSocket
from schema.serving.bounds import BoundedConfig, Bounds
from schema.serving.unread import Unread

LARGEST_MESSAGE: Final = 1024 * 1024
# One that the server is about to stop for is given no more.
_PATIENCE_AT_SHUTDOWN: Final = 3.0
_LOOK_EVERY: Final = 1.0
_LOOKS: Final = 4
_TELL_EVERY: Final = 60.0

_LOG: Final = logging.getLogger("diptych.connections")


class BoundedServer(uvicorn.Server):
    """Serves `app`; at its end open requests have `grace` seconds."""

    def __init__(
        self,
        app: ASGIApp,
        bounds: Bounds,
        grace: int,
        port: int = 0,
        supervisor: Supervisor | None = None,
    ) -> None:
        config = BoundedConfig(
            app,
            bounds,
            port=port,
            http=BoundedHttp,
            ws=BoundedWebSocket,
            ws_max_size=LARGEST_MESSAGE,
            ws_per_message_deflate=False,
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=grace,
        )
        super().__init__(config)
        self._bounds = bounds
        self._supervisor = supervisor
        self._unread = Unread()
        self._told_at = -math.inf

    async def _serve(self, sockets: list[socket.socket] | None = None) -> None:
        async with (
            supervised_by(self._supervisor) as tasks,
            tasks.running("connections", self._look_after_connections),
        ):
            await super()._serve(sockets)

    async def _look_after_connections(self) -> None:
        loop = asyncio.get_running_loop()
        pause = min(_LOOK_EVERY, self._bounds.unread_time / _LOOKS)
        while True:
            patience = self._bounds.unread_time
            if self.should_exit:
                patience = min(patience, _PATIENCE_AT_SHUTDOWN)
            connections = self.server_state.connections
            self._unread.end(connections, loop.time(), patience)
            if len(connections) >= self._bounds.connections:
                self._tell_that_it_is_full(loop.time())
            await asyncio.sleep(pause)

    def _tell_that_it_is_full(self, now: float) -> None:
        if now - self._told_at >= _TELL_EVERY:
            self._told_at = now
            _LOG.warning(
                "%d connections are open, as many as may be; more are refused.",
                self._bounds.connections,
            )

"""`diptych serve`: the application behind HTTP and WebSocket until a signal ends it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import math
import signal
import socket
from collections.abc import Iterator
from dataclasses import replace

from schema.app import Diptych, running
from schema.cli.ending import SHUTDOWN_WAIT, end_within
from schema.cli.stores import both_stores
from schema.serving.garbage import keep_collections_short
from schema.serving.health import what_is_wrong
from schema.serving.open_files import possible_connections
from schema.serving.readiness import views_are_catching_up
from schema.serving.server import BoundedServer
from schema.settings import Settings

# What a command that is under way has beyond its deadline, before the server goes.
_GRACE = 3
_LOOK_EVERY = 0.05
_LOOK_AGAIN = 0.5


class CannotListen(Exception):
    """The address cannot be had: one sentence that names the setting to change."""


async def serve(settings: Settings) -> int:
    """Serve until SIGINT or SIGTERM; then all that was started is stopped, the last first.

    A second signal hurries it: open requests are cut off. Raises CannotListen.
    """
    with _listening(settings.host, settings.port) as listener:
        serving = _Serving(settings, listener)
        loop = asyncio.get_running_loop()
        task = asyncio.ensure_future(serving.run())
        for signum in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(signum, serving.stop, task)
        with contextlib.suppress(asyncio.CancelledError):
            await task
    return 0


class _Serving:
    """One run of the server, and what a signal means at each of its moments."""

    def __init__(self, settings: Settings, listener: socket.socket) -> None:
        self._settings = settings
        self._listener = listener
        self._server: _Server | None = None
        self._is_ending = False

    async def run(self) -> None:
        async with running(self._settings, timing=True) as diptych:
            playground = f"http://{_address(self._listener)}/graphql"
            self._server = _Server(
                diptych,
                self._settings,
                playground,
                both_stores(self._settings),
            )
            diptych.supervisor.on_death = self._server.end
            keep_collections_short()
            diptych.supervisor.start("announcement", self._server.announce, again=False)
            await self._server.serve(sockets=[self._listener])
            self._server = None

    def stop(self, task: asyncio.Task[None]) -> None:
        if not self._is_ending:
            self._is_ending = True
            end_within(self._settings.command_wait + SHUTDOWN_WAIT)
        if self._server is None:
            task.cancel()
        elif self._server.should_exit:
            self._server.force_exit = True
        else:
            self._server.should_exit = True


class _Server(BoundedServer):
    """With the signals left to us, telling where the playground is once it is ready."""

    def __init__(self, diptych: Diptych, settings: Settings, playground: str, stores: str) -> None:
        connections = possible_connections(settings.connections)
        bounds = replace(settings.bounds, connections=connections)
        grace = math.ceil(settings.command_wait) + _GRACE
        super().__init__(diptych.asgi, bounds, grace, supervisor=diptych.supervisor)
        self._diptych = diptych
        self._lag = settings.ready_lag
        self._playground = playground
        self._stores = stores

    async def announce(self) -> None:
        """Say that it is ready once it is, and every view level that can be."""
        store = self._diptych.store
        while not self.started or views_are_catching_up(store, self._lag):  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_EVERY)
        while await what_is_wrong(self._diptych.ready):  # noqa: ASYNC110 – the stores tell nobody
            await asyncio.sleep(_LOOK_AGAIN)
        if not self.should_exit:
            print(f"Diptych is ready: playground at {self._playground}", flush=True)
            print(self._stores, flush=True)

    def end(self) -> None:
        """What is under way is answered first, as after a signal."""
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listening(host: str, port: int) -> socket.socket:
    """A listening socket: taken before anything is started, so that a taken port costs nothing."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise CannotListen(_sentence(host, port, error)) from error


def _sentence(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is in use: set DIPTYCH_PORT to another, or to 0 for any."
    if error.errno == errno.EACCES:
        return f"Port {port} needs more rights: set DIPTYCH_PORT to one above 1023."
    return f"DIPTYCH_HOST is '{host}', which is no address of this machine."


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

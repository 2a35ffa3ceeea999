"""Stands between the bus and PostgreSQL, to lose a connection at a COMMIT, or to fall silent as a
firewall does: what is sent arrives nowhere, and nobody says so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Literal

from sqlalchemy import make_url

Loss = Literal["request", "reply"]
"""What of a COMMIT does not arrive: the request, so that nothing is committed, or the reply, so
that it is."""


class Proxy:
    """`url` leads through it; `lost` says what it has lost so far."""

    def __init__(self, url: str) -> None:
        self._socket = f"{make_url(url).query['host']}/.s.PGSQL.5432"
        self._lose: Loss | None = None
        self._silently = False
        self._speaking: list[_Line] = []
        self.lost: list[Loss] = []
        self.down = False
        """No connection can be made any more."""
        self.mute = False
        """No new connection gets an answer."""
        self.url = ""

    def lose_next(self, loss: Loss, *, silently: bool = False) -> None:
        self._lose, self._silently = loss, silently

    def silence(self) -> None:
        """The connections that there are get nothing through any more, in either direction."""
        for line in self._speaking:
            line.is_silent = True

    async def connected(self, client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        """Serves one connection until an end of it, or a loss, ends it."""
        if self.down:
            answer.close()
            return
        server, ask = await asyncio.open_unix_connection(self._socket)
        line = _Line(is_silent=self.mute)
        self._speaking.append(line)
        replies = asyncio.create_task(line.copy(server, answer))
        try:
            while request := await client.read(65_536):
                if line.is_silent:
                    continue
                if self._lose and b"COMMIT" in request:
                    self.lost.append(self._lose)
                    loss, self._lose = self._lose, None
                    if self._silently:
                        line.is_silent = True
                        if loss == "reply":
                            ask.write(request)
                        continue
                    if loss == "reply":
                        await _stopped(replies)
                        ask.write(request)
                        await server.read(1)
                    return
                ask.write(request)
        finally:
            await _stopped(replies)
            for end in (ask, answer):
                end.close()
                with suppress(OSError):
                    await end.wait_closed()


class _Line:
    def __init__(self, *, is_silent: bool) -> None:
        self.is_silent = is_silent

    async def copy(self, source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        while data := await source.read(65_536):
            if not self.is_silent:
                to.write(data)
        if not self.is_silent:
            to.close()


async def _stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[Proxy]:
    """A proxy before the PostgreSQL server of that URL."""
    proxy = Proxy(url)
    serving: set[asyncio.Task[None]] = set()

    def accept(client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.create_task(proxy.connected(client, answer)))

    listening = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    target = make_url(url).set(host="127.0.0.1", port=port, query={})
    proxy.url = target.render_as_string(hide_password=False)
    async with listening:
        yield proxy
        await asyncio.wait(serving, timeout=5)

"""Stands between the bus and PostgreSQL, to lose a connection at a COMMIT."""

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
        self.lost: list[Loss] = []
        self.down = False
        """No connection can be made any more."""
        self.url = ""

    def lose_next(self, loss: Loss) -> None:
        self._lose = loss

    async def connected(self, client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        """Serves one connection until an end of it, or a loss, ends it."""
        if self.down:
            answer.close()
            return
        server, ask = await asyncio.open_unix_connection(self._socket)
        replies = asyncio.create_task(_copy(server, answer))
        try:
            while request := await client.read(65_536):
                if self._lose and b"COMMIT" in request:
                    self.lost.append(self._lose)
                    loss, self._lose = self._lose, None
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


async def _copy(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    while data := await source.read(65_536):
        to.write(data)
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

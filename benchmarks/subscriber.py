"""A client that follows orders over one graphql-transport-ws socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

_FOLLOW = "subscription($id: ID!) { orderChanged(id: $id) { id status version position } }"


class Subscriber:
    """Follows any number of orders."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = count(1)
        self._states: dict[str, asyncio.Queue[str]] = {}

    @asynccontextmanager
    async def following(self, order_id: str) -> AsyncIterator[asyncio.Queue[str]]:
        """The order's statuses as they arrive, from the one it has now."""
        id = str(next(self._ids))
        states = self._states[id] = asyncio.Queue()
        payload = {"query": _FOLLOW, "variables": {"id": order_id}}
        await self._send({"id": id, "type": "subscribe", "payload": payload})
        yield states
        del self._states[id]
        await self._send({"id": id, "type": "complete"})

    async def listen(self) -> None:
        """Until cancelled."""
        await self._send({"type": "connection_init"})
        async for text in self._socket:
            message = msgspec.json.decode(text)
            if message["type"] == "error":
                raise RuntimeError(f"The subscription was refused: {message['payload']}")
            if message["type"] == "next" and (states := self._states.get(message["id"])):
                states.put_nowait(message["payload"]["data"]["orderChanged"]["status"])

    async def _send(self, message: object) -> None:
        await self._socket.send(msgspec.json.encode(message).decode())


@asynccontextmanager
async def subscribed(url: str) -> AsyncIterator[Subscriber]:
    socket_url = url.replace("http", "ws", 1) + "/graphql"
    protocols = [Subprotocol("graphql-transport-ws")]
    async with (
        connect(socket_url, subprotocols=protocols, compression=None) as socket,
        asyncio.TaskGroup() as tasks,
    ):
        subscriber = Subscriber(socket)
        listening = tasks.create_task(subscriber.listen())
        yield subscriber
        listening.cancel()
